import { expect, test, vi } from 'vitest';
import type { Found, Me } from '$lib/api/types';
import { entryOf } from './found';

const me = { organizations: [] as Me['organizations'] } as Me;
const found = (of: Partial<Found>): Found => ({
	kind: 'person',
	...{ id: 7, name: 'laptop', detail: null },
	...{ organization_id: null, organization_name: null },
	...of
});

test.each([
	[{ kind: 'person' }, '/inbox?person=7'],
	[{ kind: 'machine' }, '/inbox?machine=7'],
	[{ kind: 'session' }, '/inbox?session=7'],
	[
		{ kind: 'invitation', name: 'ada+1@example.com', organization_id: 2 },
		'/organizations/2/invitations?search=ada%2B1%40example.com'
	],
	[{ kind: 'invitation', name: 'ada@example.com' }, '/account/invitations?search=ada%40example.com'],
	[{ kind: 'team' }, '/teams/7'],
	[{ kind: 'organization' }, '/organizations/7']
] as [Partial<Found>, string][])('%j', (of, href) => {
	vi.stubGlobal('location', { pathname: '/inbox', search: '' });
	expect(entryOf(found(of), me).href).toBe(href);
});
