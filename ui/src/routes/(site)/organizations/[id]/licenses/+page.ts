import { redirect } from '@sveltejs/kit';
import { PRODUCTS, productPath } from '$lib/licenses/product';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
	const { organization } = await parent();
	redirect(307, `${productPath(organization.id, PRODUCTS[0]!)}/users`);
};
