import { teams } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

/** The teams to filter by and to create in; an organization without teams has none. */
export const load: PageLoad = async ({ parent }) => {
	const { organization } = await parent();
	if (!organization.teams_enabled) return { teams: [] };
	const { items } = await orErrorPage(teams.list(organization.id, { page_size: 200, sort: 'name' }));
	return { teams: items };
};
