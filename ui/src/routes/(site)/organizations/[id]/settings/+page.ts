import { organizations } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

/** Members do not see all settings; they open this page to leave. */
export const load: PageLoad = async ({ parent }) => {
	const { organization } = await parent();
	if (!organization.actions.includes('view_organization')) return { details: null };
	return { details: await orErrorPage(organizations.get(organization.id)) };
};
