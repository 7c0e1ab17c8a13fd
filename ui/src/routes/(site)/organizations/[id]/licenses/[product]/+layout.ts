import { error } from '@sveltejs/kit';
import { licenses } from '$lib/api/licenses';
import { isProduct } from '$lib/licenses/product';
import { orErrorPage } from '$lib/load';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent, depends }) => {
	depends('testkeep:licenses');
	const { organization } = await parent();
	const name = params.product;
	if (!isProduct(name)) error(404, { message: '' });
	const { products, ...rights } = await orErrorPage(licenses.products(organization.id));
	const product = products.find((one) => one.product === name);
	if (!product) error(404, { message: '' });
	return { product, rights, pool: { organization: organization.id, product: name } };
};
