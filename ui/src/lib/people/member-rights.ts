/** The allowed and denied actions on one person in a scope, as listed in the row. */
import type { Level, Member, MemberAction } from '$lib/api/types';
import { mayNot } from './may-not';

/** Teams and projects have other names for the same actions. */
const WORDS: Record<Level, { role: MemberAction; removal: MemberAction }> = {
	accounts: { role: 'edit_user_role', removal: 'remove_user' },
	organizations: { role: 'edit_user_role', removal: 'remove_user' },
	teams: { role: 'edit_team_user_role', removal: 'remove_team_user' },
	projects: { role: 'edit_project_user_role', removal: 'remove_project_user' }
};

export const hasLoginOptions = (level: Level): boolean => level === 'accounts' || level === 'organizations';

/** `null`: the action is allowed. */
export const memberRights = {
	role: (level: Level, member: Member): string | null => mayNot(member, WORDS[level].role),
	login: (member: Member): string | null => mayNot(member, 'edit_user_login_options'),
	sessions: (member: Member): string | null => mayNot(member, 'end_user_sessions'),
	transfer: (member: Member): string | null => mayNot(member, 'transfer_ownership'),
	remove: (level: Level, member: Member): string | null => mayNot(member, WORDS[level].removal)
};
