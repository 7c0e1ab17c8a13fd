/**
 * Items of the inbox as sentences to the person, and the pages that they lead to. What has no sentence to the person is
 * told as in the audit log, with “you”.
 */
import type { InboxItem } from '$lib/api/types';
import { tell, wordsOf, type Words as Told } from '$lib/audit/sentence';
import { formatDay } from '$lib/format';
import { m } from '$lib/paraglide/messages';

type Words = Told & { where: string; hostname: string; address: string; day: string };

const SENTENCES: Record<string, (words: Words) => string> = {
	invite_user: m.inbox_invited,
	add_user: m.inbox_added,
	remove_user: m.inbox_removed,
	edit_user_role: m.inbox_role,
	transfer_ownership: m.inbox_owner,
	add_group_user: m.inbox_group_added,
	remove_group_user: m.inbox_group_removed,
	license_assigned: m.inbox_assigned,
	revoke_license: m.inbox_revoked,
	transfer_license: m.inbox_transferred,
	license_expiring: m.inbox_expiring,
	session_ended: m.inbox_session_ended,
	end_user_sessions: m.inbox_signed_out,
	change_password: m.inbox_password_changed,
	reset_password_by_mail: m.inbox_password_reset,
	reset_password: m.inbox_password_set,
	recover_password_by_sql: m.inbox_password_sql,
	sign_in: m.inbox_new_place,
	slow_sign_ins: m.inbox_slowed
};

export function inboxSentence(item: InboxItem): string {
	const { kind, actor, scope_name, hostname, address, expires_at, details } = item;
	const words: Words = {
		...wordsOf({ actor: actor ?? 'server', target: m.inbox_you(), details }),
		where: scope_name ?? m.inbox_deleted_place(),
		hostname: hostname ?? '',
		address: address ?? '–',
		day: expires_at ? formatDay(expires_at) : ''
	};
	return SENTENCES[kind]?.(words) ?? tell(kind, words);
}

const OWN_PASSWORD = [
	'change_password',
	'reset_password_by_mail',
	'reset_password',
	'recover_password_by_sql'
];
const OWN_SESSIONS = ['sign_in', 'slow_sign_ins', 'end_user_sessions'];
/** What the person has no more, or has not yet. */
const GONE = ['remove_user', 'invite_user'];

export function inboxLink({ kind, level, scope_id, scope_name }: InboxItem): string {
	if (OWN_PASSWORD.includes(kind)) return '/profile/password';
	if (OWN_SESSIONS.includes(kind)) return '/profile/sessions';
	if (GONE.includes(kind) || !scope_name || level === 'account') return '/';
	if (kind.includes('license') || kind === 'session_ended') return '/';
	return `/${level}s/${scope_id}`;
}
