import { overview } from '$lib/api/overview';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
	const { me } = await parent();
	return { overview: me && (await orErrorPage(overview.get())) };
};
