import { error } from '@sveltejs/kit';
import { getHost } from '$lib/host';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ parent }) => {
	await parent();
	const host = getHost();
	if (host.kind !== 'desktop') error(404, { message: '' });
	return { info: await host.info() };
};
