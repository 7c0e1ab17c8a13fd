import { redirect } from '@sveltejs/kit';
import { accountTabs } from '$lib/account/account-tabs';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
	const { me } = await parent();
	redirect(307, accountTabs(me.actions)[0]?.href ?? '/');
};
