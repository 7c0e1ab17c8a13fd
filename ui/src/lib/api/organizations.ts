/** The account, its organizations, and the contents of an organization: teams, projects, user groups. */
import { body, client } from './client';
import type {
	Account,
	Group,
	GroupPatch,
	ListQuery,
	NewGroup,
	NewProject,
	Organization,
	OrganizationPatch,
	Page,
	Project,
	ProjectPatch,
	Team
} from './types';

/** The installation has one account. */
const ACCOUNT = { path: { id: 1 } };
const at = (id: number) => ({ path: { id } });
/** The name as the person typed it; the server compares it. */
const named = (id: number, confirm: string) => ({ ...at(id), query: { confirm } });

export const account = {
	get: (): Promise<Account> => body(client.GET('/api/v2/accounts/{id}', { params: ACCOUNT })),
	rename: (name: string): Promise<Account> =>
		body(client.PATCH('/api/v2/accounts/{id}', { params: ACCOUNT, body: { name } }))
};

export const organizations = {
	create: (name: string): Promise<Organization> =>
		body(client.POST('/api/v2/organizations', { body: { name } })),
	get: (id: number): Promise<Organization> =>
		body(client.GET('/api/v2/organizations/{id}', { params: at(id) })),
	change: (id: number, patch: OrganizationPatch): Promise<Organization> =>
		body(client.PATCH('/api/v2/organizations/{id}', { params: at(id), body: patch })),
	remove: (id: number, confirm: string): Promise<void> =>
		body(client.DELETE('/api/v2/organizations/{id}', { params: named(id, confirm) }))
};

export const teams = {
	list: (organization: number, query: ListQuery): Promise<Page<Team>> =>
		body(client.GET('/api/v2/organizations/{id}/teams', { params: { ...at(organization), query } })),
	create: (organization: number, name: string): Promise<Team> =>
		body(client.POST('/api/v2/organizations/{id}/teams', { params: at(organization), body: { name } })),
	get: (id: number): Promise<Team> => body(client.GET('/api/v2/teams/{id}', { params: at(id) })),
	rename: (id: number, name: string): Promise<Team> =>
		body(client.PATCH('/api/v2/teams/{id}', { params: at(id), body: { name } })),
	remove: (id: number, confirm: string): Promise<void> =>
		body(client.DELETE('/api/v2/teams/{id}', { params: named(id, confirm) }))
};

export const projects = {
	list: (organization: number, query: ListQuery): Promise<Page<Project>> =>
		body(client.GET('/api/v2/organizations/{id}/projects', { params: { ...at(organization), query } })),
	create: (organization: number, project: NewProject): Promise<Project> =>
		body(client.POST('/api/v2/organizations/{id}/projects', { params: at(organization), body: project })),
	get: (id: number): Promise<Project> => body(client.GET('/api/v2/projects/{id}', { params: at(id) })),
	/** `team_id: 0` moves the project out of its team. */
	change: (id: number, patch: ProjectPatch): Promise<Project> =>
		body(client.PATCH('/api/v2/projects/{id}', { params: at(id), body: patch })),
	remove: (id: number, confirm: string): Promise<void> =>
		body(client.DELETE('/api/v2/projects/{id}', { params: named(id, confirm) }))
};

export const groups = {
	list: (organization: number, query: ListQuery): Promise<Page<Group>> =>
		body(client.GET('/api/v2/organizations/{id}/groups', { params: { ...at(organization), query } })),
	create: (organization: number, group: NewGroup): Promise<Group> =>
		body(client.POST('/api/v2/organizations/{id}/groups', { params: at(organization), body: group })),
	get: (id: number): Promise<Group> => body(client.GET('/api/v2/groups/{id}', { params: at(id) })),
	change: (id: number, patch: GroupPatch): Promise<Group> =>
		body(client.PATCH('/api/v2/groups/{id}', { params: at(id), body: patch })),
	remove: (id: number): Promise<void> => body(client.DELETE('/api/v2/groups/{id}', { params: at(id) }))
};
