import { error } from '@sveltejs/kit';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ parent }) => {
	const { me } = await parent();
	if (!me?.actions.includes('view_account')) error(404, { message: '' });
	return { me };
};
