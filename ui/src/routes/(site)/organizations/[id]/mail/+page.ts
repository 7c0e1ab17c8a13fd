import { mail } from '$lib/api/mail';
import { orErrorPage } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
	depends('testkeep:mail');
	const { organizationId } = await parent();
	return { settings: await orErrorPage(mail.settings('organizations', organizationId)) };
};
