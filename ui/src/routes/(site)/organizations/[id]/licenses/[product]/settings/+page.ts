import { licenses } from '$lib/api/licenses';
import { teams } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
	depends('testkeep:licenses');
	const { pool, organization } = await parent();
	const [settings, listed] = await Promise.all([
		orErrorPage(licenses.settings(pool)),
		organization.teams_enabled
			? orErrorPage(teams.list(organization.id, { sort: 'name', page_size: 200 }))
			: { items: [] }
	]);
	return { settings, teams: listed.items.map(({ id, name }) => ({ id, name })) };
};
