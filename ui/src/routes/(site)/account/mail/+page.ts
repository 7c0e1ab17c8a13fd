import { mail } from '$lib/api/mail';
import { orErrorPage, requireAction } from '$lib/load';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ parent, depends }) => {
	depends('testkeep:mail');
	const { me } = await parent();
	requireAction(me.actions, 'configure_mail', 'accounts');
	return { settings: await orErrorPage(mail.settings('accounts', 1)) };
};
