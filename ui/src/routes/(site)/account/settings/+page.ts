import { account } from '$lib/api/organizations';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
	depends('testkeep:place');
	await parent();
	return { account: await orErrorPage(account.get()) };
};
