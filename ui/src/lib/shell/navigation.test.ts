import { expect, test } from 'vitest';
import type { AccountAction, Me, ServerStatus } from '$lib/api/types';
import { House } from '$lib/icons';
import { atTheBottom, navigationGroups } from './navigation';

const entries = (...names: string[]) =>
	names.map((name) => ({
		href: `/${name}`,
		label: name,
		icon: House,
		current: false,
		testid: `nav-${name}`
	}));
const names = (...groups: string[][]) =>
	atTheBottom(groups.map((group) => entries(...group))).map(({ label }) => label);

test('a phone shows the pages that are opened most', () => {
	const sections = ['users', 'teams', 'projects', 'groups', 'licenses', 'audit', 'mail', 'settings'];
	expect(names(['home'], sections, ['account', 'license'])).toEqual(['home', 'users', 'licenses']);
});

test('what a person may not open is replaced by the next page', () => {
	expect(names(['home'], ['teams', 'projects', 'groups'], ['license'])).toEqual([
		'home',
		'teams',
		'projects'
	]);
	expect(names(['sign-in'])).toEqual(['sign-in']);
	expect(names(['home'], [], ['account', 'license'])).toEqual(['home', 'account', 'license']);
});

test.each([
	[
		['view_subscription_details', 'view_account'],
		['nav-home', 'nav-account']
	],
	[[], ['nav-home', 'nav-license']]
] as [AccountAction[], string[]][])('licenses are in one place for %j', (actions, expected) => {
	const site = { desktop: false, status: { state: 'ready' } as ServerStatus, me: { actions } as Me };
	const groups = navigationGroups(site, undefined, { pathname: '/', route: null });
	expect(groups.flat().map(({ testid }) => testid)).toEqual(expected);
});
