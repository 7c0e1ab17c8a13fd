import { teams } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

/** The teams that the project can be moved to. */
export const load: PageLoad = async ({ parent }) => {
	const { me, project } = await parent();
	const organization = me.organizations.find(({ id }) => id === project.organization_id);
	if (!organization?.teams_enabled) return { teams: [] };
	const { items } = await orErrorPage(teams.list(organization.id, { page_size: 200, sort: 'name' }));
	return { teams: items };
};
