import { expect, test } from 'vitest';
import type { TeamAction } from '$lib/api/types';
import { mayNot, type Rights } from './may-not';

const team: Rights<TeamAction> = {
	actions: ['edit_team_user_role', 'add_team_user'],
	denied: [
		{ reason: 'role', message: 'Ask an Owner of the team.', actions: ['delete_team', 'transfer_ownership'] },
		{ reason: 'role', message: 'Ask an Owner or an Admin of the team.', actions: ['create_project'] }
	]
};

test('what is among the actions may be done', () => {
	expect(mayNot(team, 'add_team_user')).toBeNull();
});

test.each([
	['delete_team', 'Ask an Owner of the team.'],
	['transfer_ownership', 'Ask an Owner of the team.'],
	['create_project', 'Ask an Owner or an Admin of the team.']
] as const)('why not %s is what the server says of it', (action, words) => {
	expect(mayNot(team, action)).toBe(words);
});

test('a reason counts, also where the role would allow it', () => {
	const denied = [
		{ reason: 'owner_already' as const, message: 'Already.', actions: ['add_team_user' as const] }
	];
	expect(mayNot<TeamAction>({ ...team, denied }, 'add_team_user')).toBe('Already.');
});

test('what is not mentioned may not be done; part of another action’s name is not enough', () => {
	expect(mayNot(team, 'edit_team')).toBe('You may not do this.');
	expect(mayNot<TeamAction>(undefined, 'edit_team')).toBe('You may not do this.');
});

test('a name that is no action of the place does not compile', () => {
	// @ts-expect-error misspelled
	expect(mayNot(team, 'edit_taem')).not.toBeNull();
	// @ts-expect-error of another level
	expect(mayNot(team, 'create_organization')).not.toBeNull();
});
