/** The audit log of the account (everything) or of one organization. */
import { body, client, csvStyle, file } from './client';
import type { AuditEvent, Level, ListQuery, Page } from './types';

export const audit = {
	/** Newest first; filters: `action`, `from`, `to`. */
	list: (level: Level, id: number, query: ListQuery): Promise<Page<AuditEvent>> =>
		body(client.GET('/api/v2/{level}/{id}/audit-events', { params: { path: { level, id }, query } })),

	/** CSV text, ready to be saved. */
	export: (level: Level, id: number, query: ListQuery): Promise<string> =>
		file(
			client.GET('/api/v2/{level}/{id}/audit-events/export', {
				params: { path: { level, id }, query: { ...query, ...csvStyle() } },
				parseAs: 'arrayBuffer'
			})
		)
};
