import { requireAction } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
	const { organization } = await parent();
	requireAction(organization, 'invite_user');
};
