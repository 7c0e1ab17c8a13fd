/** The people of a level: accounts, organizations, teams and projects have the same lists and the same verbs. */
import { untyped, untypedFile } from './client';
import type { Added, Candidates, Level, ListQuery, Member, Page, Person, RemovedUser, Role } from './types';

const at = (level: Level, id: number) => `/api/v2/${level}/${id}`;

export const people = {
	list: (level: Level, id: number, query: ListQuery): Promise<Page<Member>> =>
		untyped('GET', `${at(level, id)}/users`, { query }),

	/** CSV, ready to be saved. */
	export: (level: Level, id: number, query: ListQuery): Promise<string> =>
		untypedFile(`${at(level, id)}/users/export`, query),

	candidates: (level: Level, id: number, search: string): Promise<Candidates> =>
		untyped('GET', `${at(level, id)}/candidates`, { query: { search } }),

	add: (level: Level, id: number, userIds: number[], groupIds: number[]): Promise<Added> =>
		untyped('POST', `${at(level, id)}/users`, { body: { user_ids: userIds, group_ids: groupIds } }),

	change: (
		level: Level,
		id: number,
		userId: number,
		patch: { role?: Role; password_sign_in?: boolean }
	): Promise<Member> => untyped('PATCH', `${at(level, id)}/users/${userId}`, { body: patch }),

	/** Oneself: leaves. */
	remove: (level: Level, id: number, userId: number): Promise<void> =>
		untyped('DELETE', `${at(level, id)}/users/${userId}`),

	/** The caller becomes Admin. */
	transferOwnership: (level: Level, id: number, userId: number): Promise<void> =>
		untyped('POST', `${at(level, id)}/owner`, { body: { user_id: userId } }),

	removed: (level: Level, id: number, query: ListQuery): Promise<Page<RemovedUser>> =>
		untyped('GET', `${at(level, id)}/removed-users`, { query })
};

/** The people of a user group, which has no roles. */
export const groupPeople = {
	list: (id: number, query: ListQuery): Promise<Page<Person>> =>
		untyped('GET', `/api/v2/groups/${id}/users`, { query }),

	candidates: (id: number, search: string): Promise<Candidates> =>
		untyped('GET', `/api/v2/groups/${id}/candidates`, { query: { search } }),

	add: (id: number, userIds: number[]): Promise<Added> =>
		untyped('POST', `/api/v2/groups/${id}/users`, { body: { user_ids: userIds } }),

	remove: (id: number, userId: number): Promise<void> =>
		untyped('DELETE', `/api/v2/groups/${id}/users/${userId}`)
};
