import { describe, expect, test } from 'vitest';
import type { OrganizationAccess } from '$lib/api/types';
import { pageIn, sectionOfRoute, sectionsOf } from './sections';

const organization = (of: Partial<OrganizationAccess>): OrganizationAccess => ({
	actions: [],
	denied: [],
	id: 7,
	name: 'Analytical',
	password_sign_in: true,
	role: null,
	teams_enabled: true,
	...of
});
const names = (of: Partial<OrganizationAccess>) => sectionsOf(organization(of)).map(({ name }) => name);

describe('sectionsOf', () => {
	test.each([
		['view_organization', ['users', 'settings']],
		['view_projects', ['teams', 'projects']],
		['view_groups', ['groups']],
		['view_license_management', ['licenses']],
		['view_audit_log', ['audit']],
		['configure_mail', ['mail']]
	] as const)('%s opens its pages and no others', (action, opened) => {
		expect(names({ actions: [action] })).toEqual(opened);
	});

	test('who belongs to it may at least leave it', () => {
		expect(names({})).toEqual([]);
		expect(names({ role: 'member' })).toEqual(['settings']);
	});

	test('teams are not there where they are switched off', () => {
		expect(names({ actions: ['view_projects'], teams_enabled: false })).toEqual(['projects']);
	});

	test('nothing is open where this kind of sign-in does not reach', () => {
		expect(names({ actions: ['view_organization'], role: 'owner', password_sign_in: false })).toEqual([]);
	});
});

test('sectionOfRoute knows the pages inside of a section', () => {
	const of = (route: string) => sectionOfRoute(`/(site)/${route}`);
	expect(of('organizations/[id]/(people)/removed')).toBe('users');
	expect(of('teams/[id]/settings')).toBe('teams');
	expect(of('projects/[id]/users')).toBe('projects');
	expect(of('organizations/[id]/mail/log')).toBe('mail');
	expect(of('account/settings')).toBeUndefined();
	expect(sectionOfRoute(null)).toBeUndefined();
});

test('pageIn: the same page if it is open there, else the first, else its own address', () => {
	const some = organization({ actions: ['view_projects', 'view_groups'] });
	expect(pageIn(some, 'groups')).toBe('/organizations/7/groups');
	expect(pageIn(some, 'audit')).toBe('/organizations/7/teams');
	expect(pageIn(organization({}), 'audit')).toBe('/organizations/7');
});
