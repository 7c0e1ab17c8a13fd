/**
 * Audit events as sentences: who did what to whom. The home page, the audit log, the drawer and the inbox take them from
 * here. Must never decide who may see an event.
 */
import type { AuditAction, AuditEvent } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';
import { roleName } from '$lib/roles';
import { actionName } from './actions';

/** What a sentence may name; each is one text. */
export type Words = {
	who: string;
	target: string;
	role: string;
	product: string;
	group: string;
	to: string;
};
/** What is known of an event; `AuditEvent` and the items of the inbox have it. */
type Told = { action: string; actor: string; target: string; details: Record<string, unknown> };
export type Part = { kind: 'text' | 'who' | 'target'; text: string };

/** Every sentence names who did it. Actions of other versions have no sentence. */
const SENTENCES: Record<AuditAction, (words: Words) => string> = {
	accept_invitation: m.did_accept_invitation,
	add_group_user: m.did_add_group_user,
	add_user: m.did_add_user,
	archive_project: m.did_archive_project,
	assign_license: m.did_assign_license,
	change_password: m.did_change_password,
	create_api_key: m.did_create_api_key,
	create_default_account: m.did_create_default_account,
	create_group: m.did_create_group,
	create_offline_license: m.did_create_offline_license,
	create_organization: m.did_create_organization,
	create_project: m.did_create_project,
	create_setup_link: m.did_create_setup_link,
	create_team: m.did_create_team,
	deactivate_machine: m.did_deactivate_machine,
	decline_invitation: m.did_decline_invitation,
	delete_execution: m.did_delete_execution,
	delete_group: m.did_delete_group,
	delete_mail_settings: m.did_delete_mail_settings,
	delete_organization: m.did_delete_organization,
	delete_project: m.did_delete_project,
	delete_team: m.did_delete_team,
	download_offline_license: m.did_download_offline_license,
	edit_group: m.did_edit_group,
	edit_project: m.did_edit_project,
	edit_team: m.did_edit_team,
	edit_user_login_options: m.did_edit_user_login_options,
	edit_user_role: m.did_edit_user_role,
	end_license_session: m.did_end_license_session,
	end_other_sessions: m.did_end_other_sessions,
	end_session: m.did_end_session,
	end_user_sessions: m.did_end_user_sessions,
	export_audit_log: m.did_export_audit_log,
	export_license_utilization: m.did_export_license_utilization,
	export_licensed_users: m.did_export_licensed_users,
	export_users: m.did_export_users,
	find_second_installation: m.did_find_second_installation,
	import_license: m.did_import_license,
	invite_user: m.did_invite_user,
	leave: m.did_leave,
	limit_license_returns: m.did_limit_license_returns,
	move_project: m.did_move_project,
	recover_password_by_sql: m.did_recover_password_by_sql,
	remove_group_user: m.did_remove_group_user,
	remove_machine: m.did_remove_machine,
	remove_user: m.did_remove_user,
	resend_invitation: m.did_resend_invitation,
	resend_mail: m.did_resend_mail,
	reset_clock: m.did_reset_clock,
	reset_password: m.did_reset_password,
	reset_password_by_mail: m.did_reset_password_by_mail,
	return_borrowed_license: m.did_return_borrowed_license,
	return_by_invitation: m.did_return_by_invitation,
	revoke_api_key: m.did_revoke_api_key,
	revoke_invitation: m.did_revoke_invitation,
	revoke_license: m.did_revoke_license,
	send_test_mail: m.did_send_test_mail,
	set_password_by_invitation: m.did_set_password_by_invitation,
	sign_in: m.did_sign_in,
	sign_out: m.did_sign_out,
	slow_sign_ins: m.did_slow_sign_ins,
	stop_server: m.did_stop_server,
	transfer_license: m.did_transfer_license,
	transfer_ownership: m.did_transfer_ownership,
	unarchive_project: m.did_unarchive_project,
	undo_remove_user: m.did_undo_remove_user,
	undo_revoke_license: m.did_undo_revoke_license,
	update_account: m.did_update_account,
	update_license_settings: m.did_update_license_settings,
	update_license_share: m.did_update_license_share,
	update_mail_settings: m.did_update_mail_settings,
	update_notifications: m.did_update_notifications,
	update_organization: m.did_update_organization,
	update_profile: m.did_update_profile
};

/** Names of those who act without being signed in. */
const STAND_INS: Record<string, () => string> = {
	console: m.actor_console,
	'control port': m.actor_control_port,
	server: m.actor_server,
	'setup link': m.actor_setup_link,
	'license file': m.actor_license_file
};

/** A person's email address, or the name of a stand-in, at the start of a sentence. */
export const actorName = (actor: string): string => STAND_INS[actor]?.() ?? actor;

/** A detail of an audit event as text; empty when it is missing. */
export function detail(details: Record<string, unknown>, name: string): string {
	const value = details[name];
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export const wordsOf = ({ actor, target, details }: Omit<Told, 'action'>): Words => ({
	who: actorName(actor),
	target,
	role: roleName(detail(details, 'to')),
	product: detail(details, 'product') || target,
	group: detail(details, 'group'),
	to: detail(details, 'to')
});

/** The sentence with these words, for example with “you” as the target. */
export function tell(action: string, words: Words): string {
	const sentence = Object.hasOwn(SENTENCES, action) ? SENTENCES[action as AuditAction] : undefined;
	return sentence?.(words) ?? m.did_other({ ...words, action: actionName(action) });
}

/** Stand in the sentence for the actor and the target until it is divided; in no text. */
const GAPS = { who: '\u0000', target: '\u0001' };

/** Puts `name` where the gap is. */
const divide = (parts: Part[], gap: string, name: Part): Part[] =>
	parts.flatMap((part) => {
		const texts = part.text.split(gap).map((text): Part => ({ ...part, text }));
		return texts.flatMap((text, index) => (index ? [name, text] : [text]));
	});

type Event = Pick<AuditEvent, 'action' | 'actor' | 'target_name' | 'details'>;

/** The sentence divided at the names, which pages show as links. */
export function sentenceParts({ action, actor, target_name, details }: Event): Part[] {
	const words = wordsOf({ actor, target: target_name, details });
	const whole: Part = { kind: 'text', text: tell(action, { ...words, ...GAPS }) };
	const named = divide([whole], GAPS.who, { kind: 'who', text: words.who });
	// A name that a person chose is in no part that is divided again.
	const parts = named.flatMap((part) =>
		part.kind === 'text' ? divide([part], GAPS.target, { kind: 'target', text: words.target }) : [part]
	);
	return parts.filter(({ text }) => text);
}

/** “ada@example.com invited grace@example.com” */
export const sentenceOf = (event: Event): string =>
	sentenceParts(event)
		.map(({ text }) => text)
		.join('');
