import { describe, expect, test } from 'vitest';
import type { Level, Member, MemberAction } from '$lib/api/types';
import { hasLoginOptions, memberRights } from './member-rights';

const member = (of: Partial<Member>): Member => ({
	actions: [],
	assignable_roles: [],
	denied: [],
	email: 'ada@example.com',
	first_name: 'Ada',
	last_name: 'Lovelace',
	licenses: [],
	teams: [],
	joined_at: '2026-11-21T00:00:00Z',
	password_sign_in: true,
	role: 'member',
	user_id: 1,
	...of
});

const denied = (action: MemberAction): Partial<Member> => ({
	denied: [{ reason: 'role', message: `why not ${action}`, actions: [action] }]
});

/** Scope kind → its actions for roles and removal. */
const WORDS: [Level, MemberAction, MemberAction][] = [
	['accounts', 'edit_user_role', 'remove_user'],
	['organizations', 'edit_user_role', 'remove_user'],
	['teams', 'edit_team_user_role', 'remove_team_user'],
	['projects', 'edit_project_user_role', 'remove_project_user']
];

describe.each(WORDS)('of %s', (level, role, removal) => {
	test('removal is decided by the row’s action alone', () => {
		expect(memberRights.remove(level, member({ actions: [removal] }))).toBeNull();
		const others = WORDS.flatMap(([, , one]) => one).filter((one) => one !== removal);
		expect(memberRights.remove(level, member({ actions: others }))).not.toBeNull();
		expect(memberRights.remove(level, member(denied(removal)))).toBe(`why not ${removal}`);
	});

	test('so is giving a role, and the row says why not, also where the role would allow it', () => {
		expect(memberRights.role(level, member({ actions: [role] }))).toBeNull();
		expect(memberRights.role(level, member({ actions: [role], ...denied(role) }))).toBe(`why not ${role}`);
		expect(memberRights.role(level, member({ role: 'owner', actions: [removal] }))).not.toBeNull();
	});
});

test.each([
	['edit_user_login_options', memberRights.login],
	['end_user_sessions', memberRights.sessions],
	['transfer_ownership', memberRights.transfer]
] as const)('%s is decided by its action, whatever the role', (action, why) => {
	expect(why(member({ actions: [action], role: 'owner' }))).toBeNull();
	expect(why(member(denied(action)))).toBe(`why not ${action}`);
	expect(why(member({}))).not.toBeNull();
});

test('only the account and organizations have login options', () => {
	expect(WORDS.map(([level]) => hasLoginOptions(level))).toEqual([true, true, false, false]);
});
