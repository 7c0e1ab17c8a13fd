/** What the first page, the status line and the inbox show. */
import { body, client } from './client';
import type { Inbox, Overview, System } from './types';

export const overview = {
	get: (): Promise<Overview> => body(client.GET('/api/v2/overview')),
	/** Only for those who configure the account's mail. */
	system: (): Promise<System> => body(client.GET('/api/v2/system')),
	/** Gives one of the caller's own seats back. */
	endSession: (id: number): Promise<void> =>
		body(client.DELETE('/api/v2/leases/{id}', { params: { path: { id } } }))
};

export const inbox = {
	/** @param limit 1 to 100 items */
	get: (limit: number): Promise<Inbox> =>
		body(client.GET('/api/v2/me/inbox', { params: { query: { limit } } })),
	/** @param seen_until the time of the newest item that the person saw */
	markRead: (seen_until: string): Promise<void> =>
		body(client.PUT('/api/v2/me/inbox', { body: { seen_until } }))
};
