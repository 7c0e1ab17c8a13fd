import { mail } from '$lib/api/mail';
import { orErrorPage, requireAction } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
	depends('testkeep:mail');
	const { me } = await parent();
	requireAction(me, 'configure_mail');
	return { settings: await orErrorPage(mail.settings('accounts', 1)) };
};
