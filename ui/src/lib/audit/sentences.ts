/** An audit event as a sentence: who did what to whom. */
import type { AuditAction, AuditEvent } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';
import { actionName } from './actions';

/** What follows the actor; `{target}` is the person or object. */
const DOES: Record<AuditAction, (words: { target: string }) => string> = {
	accept_invitation: m.audit_does_accept_invitation,
	add_group_user: m.audit_does_add_group_user,
	add_user: m.audit_does_add_user,
	archive_project: m.audit_does_archive_project,
	assign_license: m.audit_does_assign_license,
	change_password: m.audit_does_change_password,
	create_api_key: m.audit_does_create_api_key,
	create_default_account: m.audit_does_create_default_account,
	create_group: m.audit_does_create_group,
	create_offline_license: m.audit_does_create_offline_license,
	create_organization: m.audit_does_create_organization,
	create_project: m.audit_does_create_project,
	create_setup_link: m.audit_does_create_setup_link,
	create_team: m.audit_does_create_team,
	deactivate_machine: m.audit_does_deactivate_machine,
	decline_invitation: m.audit_does_decline_invitation,
	delete_group: m.audit_does_delete_group,
	delete_mail_settings: m.audit_does_delete_mail_settings,
	delete_organization: m.audit_does_delete_organization,
	delete_project: m.audit_does_delete_project,
	delete_team: m.audit_does_delete_team,
	download_offline_license: m.audit_does_download_offline_license,
	edit_group: m.audit_does_edit_group,
	edit_project: m.audit_does_edit_project,
	edit_team: m.audit_does_edit_team,
	edit_user_login_options: m.audit_does_edit_user_login_options,
	edit_user_role: m.audit_does_edit_user_role,
	end_license_session: m.audit_does_end_license_session,
	end_other_sessions: m.audit_does_end_other_sessions,
	end_session: m.audit_does_end_session,
	end_user_sessions: m.audit_does_end_user_sessions,
	export_audit_log: m.audit_does_export_audit_log,
	export_license_utilization: m.audit_does_export_license_utilization,
	export_licensed_users: m.audit_does_export_licensed_users,
	export_users: m.audit_does_export_users,
	find_second_installation: m.audit_does_find_second_installation,
	import_license: m.audit_does_import_license,
	invite_user: m.audit_does_invite_user,
	leave: m.audit_does_leave,
	limit_license_returns: m.audit_does_limit_license_returns,
	move_project: m.audit_does_move_project,
	recover_password_by_sql: m.audit_does_recover_password_by_sql,
	remove_group_user: m.audit_does_remove_group_user,
	remove_machine: m.audit_does_remove_machine,
	remove_user: m.audit_does_remove_user,
	resend_invitation: m.audit_does_resend_invitation,
	resend_mail: m.audit_does_resend_mail,
	reset_clock: m.audit_does_reset_clock,
	reset_password: m.audit_does_reset_password,
	reset_password_by_mail: m.audit_does_reset_password_by_mail,
	return_borrowed_license: m.audit_does_return_borrowed_license,
	return_by_invitation: m.audit_does_return_by_invitation,
	revoke_api_key: m.audit_does_revoke_api_key,
	revoke_invitation: m.audit_does_revoke_invitation,
	revoke_license: m.audit_does_revoke_license,
	send_test_mail: m.audit_does_send_test_mail,
	set_password_by_invitation: m.audit_does_set_password_by_invitation,
	sign_in: m.audit_does_sign_in,
	sign_out: m.audit_does_sign_out,
	slow_sign_ins: m.audit_does_slow_sign_ins,
	stop_server: m.audit_does_stop_server,
	transfer_license: m.audit_does_transfer_license,
	transfer_ownership: m.audit_does_transfer_ownership,
	unarchive_project: m.audit_does_unarchive_project,
	undo_remove_user: m.audit_does_undo_remove_user,
	undo_revoke_license: m.audit_does_undo_revoke_license,
	update_account: m.audit_does_update_account,
	update_license_settings: m.audit_does_update_license_settings,
	update_license_share: m.audit_does_update_license_share,
	update_mail_settings: m.audit_does_update_mail_settings,
	update_notifications: m.audit_does_update_notifications,
	update_organization: m.audit_does_update_organization,
	update_profile: m.audit_does_update_profile
};

/** Stands for the target until the sentence is divided; in no text. */
const GAP = '\u0000';

/** The sentence after the actor, divided where the target stands. */
export type Sentence = { before: string; target: string; after: string };

export function sentenceOf({ action, target_name }: Pick<AuditEvent, 'action' | 'target_name'>): Sentence {
	const does = Object.hasOwn(DOES, action) ? DOES[action as AuditAction] : undefined;
	// An action of another server version has no sentence.
	if (!does) return { before: `${actionName(action)}: `, target: target_name, after: '' };
	const [before = '', after] = does({ target: GAP }).split(GAP);
	return after === undefined ? { before, target: '', after: '' } : { before, target: target_name, after };
}
