/** The people of a scope: account, organizations, teams and projects have the same lists and actions. */
import { body, client, csvStyle, file } from './client';
import type {
	Added,
	BulkAnswer,
	Candidates,
	Level,
	ListQuery,
	Member,
	MemberPatch,
	Page,
	Person,
	RemovedUser,
	Role
} from './types';

const at = (level: Level, id: number) => ({ path: { level, id } });

export const people = {
	list: (level: Level, id: number, query: ListQuery): Promise<Page<Member>> =>
		body(client.GET('/api/v2/{level}/{id}/users', { params: { ...at(level, id), query } })),

	/** CSV text, ready to be saved. */
	export: (level: Level, id: number, query: ListQuery): Promise<string> =>
		file(
			client.GET('/api/v2/{level}/{id}/users/export', {
				params: { ...at(level, id), query: { ...query, ...csvStyle() } },
				parseAs: 'arrayBuffer'
			})
		),

	candidates: (level: Level, id: number, search: string): Promise<Candidates> =>
		body(client.GET('/api/v2/{level}/{id}/candidates', { params: { ...at(level, id), query: { search } } })),

	add: (level: Level, id: number, user_ids: number[], group_ids: number[]): Promise<Added> =>
		body(client.POST('/api/v2/{level}/{id}/users', { params: at(level, id), body: { user_ids, group_ids } })),

	change: (level: Level, id: number, user_id: number, patch: MemberPatch): Promise<Member> =>
		body(
			client.PATCH('/api/v2/{level}/{id}/users/{user_id}', {
				params: { path: { level, id, user_id } },
				body: patch
			})
		),

	/** For one's own user id: leaves the scope. */
	remove: (level: Level, id: number, user_id: number): Promise<void> =>
		body(client.DELETE('/api/v2/{level}/{id}/users/{user_id}', { params: { path: { level, id, user_id } } })),

	/** At most 500, with one result each; can be undone, except in the account. */
	removeMany: (level: Level, id: number, user_ids: number[]): Promise<BulkAnswer> =>
		body(client.POST('/api/v2/{level}/{id}/users/remove', { params: at(level, id), body: { user_ids } })),

	changeRoles: (level: Level, id: number, user_ids: number[], role: Role): Promise<BulkAnswer> =>
		body(client.POST('/api/v2/{level}/{id}/users/role', { params: at(level, id), body: { user_ids, role } })),

	/** Ends every sign-in session of the person; in the account only. */
	endSessions: (level: Level, id: number, user_id: number): Promise<{ ended: number }> =>
		body(
			client.DELETE('/api/v2/{level}/{id}/users/{user_id}/sessions', {
				params: { path: { level, id, user_id } }
			})
		),

	/** The caller becomes Admin and the other person Owner. */
	transferOwnership: (level: Level, id: number, user_id: number): Promise<void> =>
		body(client.POST('/api/v2/{level}/{id}/owner', { params: at(level, id), body: { user_id } })),

	removed: (level: Level, id: number, query: ListQuery): Promise<Page<RemovedUser>> =>
		body(client.GET('/api/v2/{level}/{id}/removed-users', { params: { ...at(level, id), query } }))
};

/** The people of a user group, which has no roles. */
export const groupPeople = {
	list: (id: number, query: ListQuery): Promise<Page<Person>> =>
		body(client.GET('/api/v2/groups/{id}/users', { params: { path: { id }, query } })),

	candidates: (id: number, search: string): Promise<Candidates> =>
		body(client.GET('/api/v2/groups/{id}/candidates', { params: { path: { id }, query: { search } } })),

	add: (id: number, user_ids: number[]): Promise<Added> =>
		body(client.POST('/api/v2/groups/{id}/users', { params: { path: { id } }, body: { user_ids } })),

	remove: (id: number, user_id: number): Promise<void> =>
		body(client.DELETE('/api/v2/groups/{id}/users/{user_id}', { params: { path: { id, user_id } } }))
};
