import { inbox } from '$lib/api/overview';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

const ITEMS = 100;

export const load: PageLoad = async ({ depends }) => {
	depends('testkeep:inbox');
	return { inbox: await orErrorPage(inbox.get(ITEMS)) };
};
