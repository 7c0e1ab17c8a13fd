/** The audit log's actions in words. */
import { m } from '$lib/paraglide/messages';
import { sentence } from './details';

const WORDS: Record<string, () => string> = {
	accept_invitation: m.audit_accept_invitation,
	add_group_user: m.audit_add_group_user,
	add_user: m.audit_add_user,
	archive_project: m.audit_archive_project,
	change_password: m.audit_change_password,
	create_api_key: m.audit_create_api_key,
	create_default_account: m.audit_create_default_account,
	create_group: m.audit_create_group,
	create_organization: m.audit_create_organization,
	create_project: m.audit_create_project,
	create_setup_link: m.audit_create_setup_link,
	create_team: m.audit_create_team,
	decline_invitation: m.audit_decline_invitation,
	delete_group: m.audit_delete_group,
	delete_mail_settings: m.audit_delete_mail_settings,
	delete_organization: m.audit_delete_organization,
	delete_project: m.audit_delete_project,
	delete_team: m.audit_delete_team,
	edit_group: m.audit_edit_group,
	edit_project: m.audit_edit_project,
	edit_team: m.audit_edit_team,
	edit_user_login_options: m.audit_edit_user_login_options,
	edit_user_role: m.audit_edit_user_role,
	end_other_sessions: m.audit_end_other_sessions,
	end_session: m.audit_end_session,
	import_license: m.audit_import_license,
	invite_user: m.audit_invite_user,
	leave: m.audit_leave,
	move_project: m.audit_move_project,
	recover_password_by_sql: m.audit_recover_password_by_sql,
	remove_group_user: m.audit_remove_group_user,
	remove_user: m.audit_remove_user,
	resend_invitation: m.audit_resend_invitation,
	resend_mail: m.audit_resend_mail,
	reset_password: m.audit_reset_password,
	reset_password_by_mail: m.audit_reset_password_by_mail,
	revoke_api_key: m.audit_revoke_api_key,
	revoke_invitation: m.audit_revoke_invitation,
	send_test_mail: m.audit_send_test_mail,
	set_password_by_invitation: m.audit_set_password_by_invitation,
	sign_in: m.audit_sign_in,
	sign_out: m.audit_sign_out,
	transfer_ownership: m.audit_transfer_ownership,
	unarchive_project: m.audit_unarchive_project,
	update_account: m.audit_update_account,
	update_mail_settings: m.audit_update_mail_settings,
	update_notifications: m.audit_update_notifications,
	update_organization: m.audit_update_organization,
	update_profile: m.audit_update_profile
};

/** One that this list does not know speaks for itself: “edit_user_role”, “Edit user role”. */
export const actionName = (action: string): string => (WORDS[action] ?? (() => sentence(action)))();
export const knownActions = Object.keys(WORDS);
