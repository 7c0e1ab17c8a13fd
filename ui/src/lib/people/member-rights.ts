/** What may be done to one person at a place, and why not: by the row's actions, in words that name who can. */
import type { Level, Member } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';
import { levelName } from './person';

/** Teams and projects have their own words for the same things. */
const WORDS: Record<Level, { role: string; removal: string }> = {
	accounts: { role: 'edit_user_role', removal: 'remove_user' },
	organizations: { role: 'edit_user_role', removal: 'remove_user' },
	teams: { role: 'edit_team_user_role', removal: 'remove_team_user' },
	projects: { role: 'edit_project_user_role', removal: 'remove_project_user' }
};

export const hasLoginOptions = (level: Level): boolean => level === 'accounts' || level === 'organizations';

/** For whom the caller may not touch: Admins reach Members only, Members nobody. */
function whyNot(level: Level, { role }: Member): string {
	const words = { level: levelName(level) };
	return role === 'member' ? m.ask_owner_or_admin(words) : m.ask_owner(words);
}

/** `null`: it may be done. */
export const memberRights = {
	role(level: Level, member: Member): string | null {
		if (member.assignable_roles.some((role) => role !== member.role)) return null;
		// Who may edit a Member's role and has none to give is an Admin.
		return member.actions.includes(WORDS[level].role) ? m.owner_gives_roles() : whyNot(level, member);
	},

	login(level: Level, member: Member): string | null {
		if (!member.actions.includes('edit_user_login_options')) return whyNot(level, member);
		return member.role === 'owner' && member.password_sign_in ? m.owner_needs_password() : null;
	},

	transfer(level: Level, member: Member): string | null {
		if (!member.actions.includes('transfer_ownership')) return m.ask_owner({ level: levelName(level) });
		return member.role === 'owner' ? m.owner_already() : null;
	},

	remove: (level: Level, member: Member): string | null =>
		member.actions.includes(WORDS[level].removal) ? null : whyNot(level, member)
};
