import { redirect } from '@sveltejs/kit';
import { pageIn } from '$lib/organizations/sections';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent }) => {
	const { organization } = await parent();
	redirect(307, pageIn(organization));
};
