import { chooseHost } from '$lib/host';
import type { LayoutLoad } from './$types';

// One static page for browser and desktop: nothing is rendered in advance.
export const ssr = false;
export const prerender = false;

export const load: LayoutLoad = async () => {
	await chooseHost();
};
