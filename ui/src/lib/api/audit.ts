/** The audit log of the account (everything) or of one organization. */
import { untyped, untypedFile } from './client';
import type { AuditEvent, Level, ListQuery, Page } from './types';

const at = (level: Level, id: number) => `/api/v2/${level}/${id}/audit-events`;

export const audit = {
	/** Newest first; filters: `action`, `from`, `to`. */
	list: (level: Level, id: number, query: ListQuery): Promise<Page<AuditEvent>> =>
		untyped('GET', at(level, id), { query }),

	/** CSV, ready to be saved. */
	export: (level: Level, id: number, query: ListQuery): Promise<string> =>
		untypedFile(`${at(level, id)}/export`, query)
};
