import { teams } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

/** The teams for the filter and for new projects; none in an organization without teams. */
export const load: PageLoad = async ({ parent }) => {
	const { organization } = await parent();
	if (!organization.teams_enabled) return { teams: [] };
	const { items } = await orErrorPage(teams.list(organization.id, { page_size: 200, sort: 'name' }));
	return { teams: items };
};
