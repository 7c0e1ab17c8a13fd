import { error, redirect } from '@sveltejs/kit';
import { licenses } from '$lib/api/licenses';
import { isProduct } from '$lib/licenses/product';
import { orErrorPage } from '$lib/load';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ params, parent, depends, url }) => {
	depends('testkeep:licenses');
	const { organization } = await parent();
	const name = params.product.toUpperCase();
	if (!isProduct(name)) error(404, { message: '' });
	if (name !== params.product)
		redirect(307, url.pathname.replace(`/licenses/${params.product}`, `/licenses/${name}`) + url.search);
	const pool = { organization: organization.id, product: name };
	const [{ products, ...rights }, seats] = await Promise.all([
		orErrorPage(licenses.products(organization.id)),
		orErrorPage(licenses.seats(pool))
	]);
	const product = products.find((one) => one.product === name);
	if (!product) error(404, { message: '' });
	return { product, rights, pool, seats };
};
