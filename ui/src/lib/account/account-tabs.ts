/** The pages of the account that a person may open. */
import type { AccountAction } from '$lib/api/types';
import type { Tab } from '$lib/components/tab';
import { m } from '$lib/paraglide/messages';

export function accountTabs(actions: AccountAction[]): Tab[] {
	const tabs: (Tab & { needs: AccountAction })[] = [
		{ href: '/account/users', label: m.users(), testid: 'tab-users', needs: 'export_users' },
		{ href: '/account/invitations', label: m.invitations(), testid: 'tab-invitations', needs: 'invite_user' },
		{ href: '/account/removed', label: m.removed_users(), testid: 'tab-removed', needs: 'invite_user' },
		{
			href: '/account/licenses',
			label: m.licenses(),
			testid: 'tab-licenses',
			needs: 'view_subscription_details'
		},
		{ href: '/account/audit', label: m.audit_log(), testid: 'tab-audit', needs: 'view_audit_log' },
		{ href: '/account/mail', label: m.mail(), testid: 'tab-mail', needs: 'configure_mail' },
		{ href: '/account/mail/log', label: m.mail_log(), testid: 'tab-mail-log', needs: 'configure_mail' },
		{ href: '/account/settings', label: m.settings(), testid: 'tab-settings', needs: 'view_account' }
	];
	return tabs.filter(({ needs }) => actions.includes(needs));
}

/** Whether these people see every license on a page of the account; others see what is licensed on `/license`. */
export const seesAllLicenses = (actions: AccountAction[]): boolean =>
	actions.includes('view_subscription_details');
