/** Names of the audit log's actions, for people. */
import type { AuditAction } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

const WORDS: Record<AuditAction, () => string> = {
	accept_invitation: m.audit_accept_invitation,
	add_group_user: m.audit_add_group_user,
	add_user: m.audit_add_user,
	archive_project: m.audit_archive_project,
	assign_license: m.audit_assign_license,
	change_password: m.audit_change_password,
	create_api_key: m.audit_create_api_key,
	create_default_account: m.audit_create_default_account,
	create_group: m.audit_create_group,
	create_offline_license: m.audit_create_offline_license,
	create_organization: m.audit_create_organization,
	create_project: m.audit_create_project,
	create_setup_link: m.audit_create_setup_link,
	create_team: m.audit_create_team,
	deactivate_machine: m.audit_deactivate_machine,
	decline_invitation: m.audit_decline_invitation,
	delete_execution: m.audit_delete_execution,
	delete_group: m.audit_delete_group,
	delete_mail_settings: m.audit_delete_mail_settings,
	delete_organization: m.audit_delete_organization,
	delete_project: m.audit_delete_project,
	delete_team: m.audit_delete_team,
	download_offline_license: m.audit_download_offline_license,
	edit_group: m.audit_edit_group,
	edit_project: m.audit_edit_project,
	edit_team: m.audit_edit_team,
	edit_user_login_options: m.audit_edit_user_login_options,
	edit_user_role: m.audit_edit_user_role,
	end_license_session: m.audit_end_license_session,
	end_other_sessions: m.audit_end_other_sessions,
	end_session: m.audit_end_session,
	end_user_sessions: m.audit_end_user_sessions,
	export_audit_log: m.audit_export_audit_log,
	export_license_utilization: m.audit_export_license_utilization,
	export_licensed_users: m.audit_export_licensed_users,
	export_users: m.audit_export_users,
	find_second_installation: m.audit_find_second_installation,
	import_license: m.audit_import_license,
	invite_user: m.audit_invite_user,
	leave: m.audit_leave,
	limit_license_returns: m.audit_limit_license_returns,
	move_project: m.audit_move_project,
	recover_password_by_sql: m.audit_recover_password_by_sql,
	remove_group_user: m.audit_remove_group_user,
	remove_machine: m.audit_remove_machine,
	remove_user: m.audit_remove_user,
	resend_invitation: m.audit_resend_invitation,
	resend_mail: m.audit_resend_mail,
	reset_clock: m.audit_reset_clock,
	reset_password: m.audit_reset_password,
	reset_password_by_mail: m.audit_reset_password_by_mail,
	return_borrowed_license: m.audit_return_borrowed_license,
	return_by_invitation: m.audit_return_by_invitation,
	revoke_api_key: m.audit_revoke_api_key,
	revoke_invitation: m.audit_revoke_invitation,
	revoke_license: m.audit_revoke_license,
	send_test_mail: m.audit_send_test_mail,
	set_password_by_invitation: m.audit_set_password_by_invitation,
	sign_in: m.audit_sign_in,
	sign_out: m.audit_sign_out,
	slow_sign_ins: m.audit_slow_sign_ins,
	stop_server: m.audit_stop_server,
	transfer_license: m.audit_transfer_license,
	transfer_ownership: m.audit_transfer_ownership,
	unarchive_project: m.audit_unarchive_project,
	undo_remove_user: m.audit_undo_remove_user,
	undo_revoke_license: m.audit_undo_revoke_license,
	update_account: m.audit_update_account,
	update_license_settings: m.audit_update_license_settings,
	update_license_share: m.audit_update_license_share,
	update_mail_settings: m.audit_update_mail_settings,
	update_notifications: m.audit_update_notifications,
	update_organization: m.audit_update_organization,
	update_profile: m.audit_update_profile
};

const isKnown = (action: string): action is AuditAction => Object.hasOwn(WORDS, action);

/** An action of another server version is shown by its own word: “edit_user_role” becomes “Edit user role”. */
export const actionName = (action: string): string =>
	isKnown(action) ? WORDS[action]() : spelledOut(action);
export const knownActions = Object.keys(WORDS).filter(isKnown);

/** “some_words” becomes “Some words”. */
export function spelledOut(key: string): string {
	const words = key.replaceAll('_', ' ');
	return words.charAt(0).toUpperCase() + words.slice(1);
}
