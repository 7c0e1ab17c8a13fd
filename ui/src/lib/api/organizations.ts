/** The account, its organizations, and what lives in an organization: teams, projects, user groups. */
import { untyped } from './client';
import type {
	Account,
	Group,
	ListQuery,
	Organization,
	OrganizationAccess,
	Page,
	Project,
	Team
} from './types';

const base = '/api/v2';

export const account = {
	get: (): Promise<Account> => untyped('GET', `${base}/accounts/1`),
	rename: (name: string): Promise<Account> => untyped('PATCH', `${base}/accounts/1`, { body: { name } })
};

export const organizations = {
	list: (query: ListQuery): Promise<Page<OrganizationAccess>> =>
		untyped('GET', `${base}/organizations`, { query }),
	create: (name: string): Promise<Organization> =>
		untyped('POST', `${base}/organizations`, { body: { name } }),
	get: (id: number): Promise<Organization> => untyped('GET', `${base}/organizations/${id}`),
	change: (id: number, patch: { name?: string; teams_enabled?: boolean }): Promise<Organization> =>
		untyped('PATCH', `${base}/organizations/${id}`, { body: patch }),
	remove: (id: number, name: string): Promise<void> =>
		untyped('DELETE', `${base}/organizations/${id}`, { query: { confirm: name } })
};

export const teams = {
	list: (organization: number, query: ListQuery): Promise<Page<Team>> =>
		untyped('GET', `${base}/organizations/${organization}/teams`, { query }),
	create: (organization: number, name: string): Promise<Team> =>
		untyped('POST', `${base}/organizations/${organization}/teams`, { body: { name } }),
	get: (id: number): Promise<Team> => untyped('GET', `${base}/teams/${id}`),
	rename: (id: number, name: string): Promise<Team> =>
		untyped('PATCH', `${base}/teams/${id}`, { body: { name } }),
	remove: (id: number, name: string): Promise<void> =>
		untyped('DELETE', `${base}/teams/${id}`, { query: { confirm: name } })
};

export type NewProject = { name: string; description?: string; team_id?: number };
/** `team_id: 0` moves it out of its team. */
export type ProjectChange = { name?: string; description?: string; team_id?: number; archived?: boolean };

export const projects = {
	list: (organization: number, query: ListQuery): Promise<Page<Project>> =>
		untyped('GET', `${base}/organizations/${organization}/projects`, { query }),
	create: (organization: number, project: NewProject): Promise<Project> =>
		untyped('POST', `${base}/organizations/${organization}/projects`, { body: project }),
	get: (id: number): Promise<Project> => untyped('GET', `${base}/projects/${id}`),
	change: (id: number, patch: ProjectChange): Promise<Project> =>
		untyped('PATCH', `${base}/projects/${id}`, { body: patch }),
	remove: (id: number, name: string): Promise<void> =>
		untyped('DELETE', `${base}/projects/${id}`, { query: { confirm: name } })
};

export const groups = {
	list: (organization: number, query: ListQuery): Promise<Page<Group>> =>
		untyped('GET', `${base}/organizations/${organization}/groups`, { query }),
	create: (organization: number, group: { name: string; description?: string }): Promise<Group> =>
		untyped('POST', `${base}/organizations/${organization}/groups`, { body: group }),
	get: (id: number): Promise<Group> => untyped('GET', `${base}/groups/${id}`),
	change: (id: number, patch: { name?: string; description?: string }): Promise<Group> =>
		untyped('PATCH', `${base}/groups/${id}`, { body: patch }),
	remove: (id: number): Promise<void> => untyped('DELETE', `${base}/groups/${id}`)
};
