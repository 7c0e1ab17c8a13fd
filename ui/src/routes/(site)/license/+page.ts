import { redirect } from '@sveltejs/kit';
import { api } from '$lib/api/client';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
	const { me } = await parent();
	// Whoever may see all licenses sees this server's there.
	if (me?.actions.includes('view_subscription_details')) redirect(307, '/account/licenses');
	return { activation: await api.activation() };
};
