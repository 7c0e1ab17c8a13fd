import { accountLicenses } from '$lib/api/licenses';
import { orErrorPage, requireAction } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
	depends('testkeep:licenses');
	const { me } = await parent();
	requireAction(me, 'view_subscription_details');
	return { licenses: await orErrorPage(accountLicenses.get()) };
};
