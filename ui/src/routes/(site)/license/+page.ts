import { redirect } from '@sveltejs/kit';
import { seesAllLicenses } from '$lib/account/account-tabs';
import { api } from '$lib/api/client';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
	const { me } = await parent();
	// Whoever may see all licenses sees this server's there.
	if (seesAllLicenses(me?.actions ?? [])) redirect(307, '/account/licenses');
	return { activation: await api.activation() };
};
