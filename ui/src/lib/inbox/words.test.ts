import { expect, test } from 'vitest';
import type { InboxItem } from '$lib/api/types';
import { inboxLink, inboxSentence } from './words';

const item = (of: Partial<InboxItem>): InboxItem => ({
	...{ id: 'event-1', at: '2026-11-30T12:00:00Z', unread: true, kind: 'add_user', actor: 'ada@example.com' },
	...{ address: null, level: 'team', scope_id: 4, scope_name: 'Parsers', hostname: null, expires_at: null },
	details: {},
	...of
});

test.each([
	[{}, 'ada@example.com added you to Parsers', '/teams/4'],
	[{ kind: 'remove_user' }, 'ada@example.com removed you from Parsers', '/'],
	[{ kind: 'remove_user', scope_name: null }, 'ada@example.com removed you from a deleted place', '/'],
	[
		{ kind: 'edit_user_role', level: 'organization', scope_id: 2, details: { to: 'admin' } },
		'ada@example.com made you Admin in Parsers',
		'/organizations/2'
	],
	[
		{ kind: 'license_assigned', level: 'organization', details: { product: 'KSE' } },
		'ada@example.com assigned you a KSE license in Parsers',
		'/'
	],
	[
		{ kind: 'session_ended', hostname: 'laptop', details: { product: 'KRE' } },
		'ada@example.com ended your KRE session on laptop',
		'/'
	],
	[
		{ kind: 'change_password', actor: null, address: '10.0.0.7' },
		'Your password was changed from 10.0.0.7',
		'/profile/password'
	],
	[
		{ kind: 'sign_in', actor: null, address: '10.0.0.7' },
		'You signed in from a new place, 10.0.0.7',
		'/profile/sessions'
	],
	[
		{ kind: 'reset_password', actor: 'console' },
		"Somebody at the server's console reset your password",
		'/profile/password'
	],
	[{ kind: 'edit_user_login_options' }, 'ada@example.com changed how you may sign in', '/teams/4'],
	[{ kind: 'launch_rocket' }, 'ada@example.com: Launch rocket (you)', '/teams/4']
] as [Partial<InboxItem>, string, string][])('%#', (of, sentence, href) => {
	expect(inboxSentence(item(of))).toBe(sentence);
	expect(inboxLink(item(of))).toBe(href);
});
