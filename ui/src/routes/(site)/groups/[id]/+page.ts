import { groups } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, parent, depends }) => {
	depends('testkeep:place');
	await parent();
	const group = await orErrorPage(groups.get(Number(params.id)));
	return { group, organizationId: group.organization_id };
};
