import { teams } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent, depends }) => {
	depends('testkeep:place');
	const { me } = await parent();
	const team = await orErrorPage(teams.get(Number(params.id)));
	return { me: me!, team, organizationId: team.organization_id };
};
