import { requireAction } from '$lib/load';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ parent }) => {
	const { organization } = await parent();
	requireAction(organization, 'view_organization');
};
