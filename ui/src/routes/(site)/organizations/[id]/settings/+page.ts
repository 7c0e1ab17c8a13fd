import { organizations } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

/** Members may not see it all; they come here to leave. */
export const load: PageLoad = async ({ parent }) => {
	const { organization } = await parent();
	if (!organization.actions.includes('view_organization')) return { details: null };
	return { details: await orErrorPage(organizations.get(organization.id)) };
};
