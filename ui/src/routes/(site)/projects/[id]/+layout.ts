import { projects } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent, depends }) => {
	depends('testkeep:place');
	const { me } = await parent();
	const project = await orErrorPage(projects.get(Number(params.id)));
	return { me: me!, project, organizationId: project.organization_id };
};
