import { accountLicenses } from '$lib/api/licenses';
import { api } from '$lib/api/client';
import { PRODUCTS } from '$lib/licenses/product';
import { orErrorPage, requireAction } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
	depends('testkeep:licenses');
	const { me } = await parent();
	requireAction(me, 'view_subscription_details');
	// A Billing Manager sees the subscription, but not the people who use it.
	const managing = me.actions.includes('view_license_management');
	const [licenses, activation, ...maps] = await Promise.all([
		orErrorPage(accountLicenses.get()),
		orErrorPage(api.activation()),
		...(managing ? PRODUCTS.map((product) => orErrorPage(accountLicenses.seats(product))) : [])
	]);
	return { licenses, activation, maps };
};
