import { expect, test } from 'vitest';
import type { Me, Overview } from '$lib/api/types';
import { firstSteps } from './steps';

const me = (actions: Me['actions'], organizations: Me['organizations'] = []) =>
	({ actions, organizations }) as Me;
const own = { id: 2, actions: ['invite_user', 'assign_license'] } as Me['organizations'][number];
const numbers = { id: 2, name: 'Compilers', user_count: 1, team_count: 0, project_count: 0, in_use: 0 };
const overview = (user_count: number, pending_count: number, assigned: number) =>
	({
		account: { user_count, pending_count: 0 },
		organizations: [{ ...numbers, pending_count, assigned }]
	}) as unknown as Overview;
const open = (steps: ReturnType<typeof firstSteps>) =>
	steps.filter(({ done }) => !done).map(({ name }) => name);

test('the list disappears when everything is done', () => {
	const owner = me(['create_organization'], [own]);
	expect(open(firstSteps(me(['create_organization']), overview(1, 0, 0)))).toEqual([
		'organization',
		'invite',
		'licenses'
	]);
	expect(open(firstSteps(owner, overview(1, 0, 0)))).toEqual(['invite', 'licenses']);
	expect(open(firstSteps(owner, overview(1, 1, 0)))).toEqual(['licenses']);
	expect(firstSteps(owner, overview(2, 0, 3))).toEqual([]);
});

test('nothing is suggested to people who may not do it', () => {
	expect(firstSteps(me([], [own]), overview(1, 0, 0))).toEqual([]);
});
