import { projects } from '$lib/api/organizations';
import { results } from '$lib/api/reports';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params }) => {
	const details = await orErrorPage(results.get(Number(params.id)));
	const project = await orErrorPage(projects.get(details.execution.project_id));
	return { details, project, organizationId: project.organization_id };
};
