import { expect, test } from 'vitest';
import { documentTitle } from './document-title';
import { placeOf } from './page-place';

const me = { organizations: [{ id: 2, name: 'Acme Testing' }] };

test('pages of an organization, and of its teams, projects and groups, name it', () => {
	expect(placeOf({ organization: { name: 'Acme Testing' }, me })).toBe('Acme Testing');
	for (const part of ['team', 'project', 'group'])
		expect(placeOf({ [part]: { organization_id: 2 }, me }), part).toBe('Acme Testing');
	expect(placeOf({ project: { organization_id: 3, organization_name: 'Elsewhere' }, me })).toBe('Elsewhere');
});

test('other pages have no place', () => {
	expect(placeOf({ me })).toBeUndefined();
	expect(placeOf({ team: { organization_id: 9 }, me: null })).toBeUndefined();
});

test('a team’s page is named after page, team and organization', () => {
	const title = documentTitle(['Users', 'Parsers', placeOf({ team: { organization_id: 2 }, me })]);
	expect(title).toBe('Users · Parsers · Acme Testing · Testkeep');
});
