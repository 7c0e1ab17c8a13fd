/** The search over everything, and what the drawers show of one person, machine or license session. */
import { body, client } from './client';
import type { Found, FoundMachine, FoundPerson, FoundSession } from './types';

export const search = {
	/** The best first. */
	async find(q: string): Promise<Found[]> {
		return (await body(client.GET('/api/v2/search', { params: { query: { q } } }))).items;
	},

	person: (user_id: number): Promise<FoundPerson> =>
		body(client.GET('/api/v2/people/{user_id}', { params: { path: { user_id } } })),

	machine: (item_id: number): Promise<FoundMachine> =>
		body(client.GET('/api/v2/license-machines/{item_id}', { params: { path: { item_id } } })),

	session: (item_id: number): Promise<FoundSession> =>
		body(client.GET('/api/v2/license-sessions/{item_id}', { params: { path: { item_id } } }))
};
