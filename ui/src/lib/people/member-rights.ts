/** What may be done to one person at a place, and why not: as the row says. */
import type { Level, Member, MemberAction } from '$lib/api/types';
import { mayNot } from './may-not';

/** Teams and projects have their own words for the same things. */
const WORDS: Record<Level, { role: MemberAction; removal: MemberAction }> = {
	accounts: { role: 'edit_user_role', removal: 'remove_user' },
	organizations: { role: 'edit_user_role', removal: 'remove_user' },
	teams: { role: 'edit_team_user_role', removal: 'remove_team_user' },
	projects: { role: 'edit_project_user_role', removal: 'remove_project_user' }
};

export const hasLoginOptions = (level: Level): boolean => level === 'accounts' || level === 'organizations';

/** `null`: it may be done. */
export const memberRights = {
	role: (level: Level, member: Member): string | null => mayNot(member, WORDS[level].role),
	login: (member: Member): string | null => mayNot(member, 'edit_user_login_options'),
	sessions: (member: Member): string | null => mayNot(member, 'end_user_sessions'),
	transfer: (member: Member): string | null => mayNot(member, 'transfer_ownership'),
	remove: (level: Level, member: Member): string | null => mayNot(member, WORDS[level].removal)
};
