import { expect, test } from 'vitest';
import type { AccountAction } from '$lib/api/types';
import { accountTabs } from './account-tabs';

const pages = (...actions: AccountAction[]) =>
	accountTabs(actions).map(({ href }) => href.replace('/account/', ''));

test.each([
	['export_users', ['users']],
	['invite_user', ['invitations', 'removed']],
	['view_subscription_details', ['licenses']],
	['view_audit_log', ['audit']],
	['configure_mail', ['mail', 'mail/log']],
	['view_account', ['settings']]
] as const)('%s opens its pages of the account and no others', (action, opened) => {
	expect(pages(action)).toEqual(opened);
});

test('without an action there is none', () => {
	expect(pages()).toEqual([]);
	expect(pages('view_organization')).toEqual([]);
});
