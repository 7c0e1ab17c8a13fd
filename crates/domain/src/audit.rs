//! The names of all actions in the audit log: one list for the server, the API and the screens.
//!
//! `docs/audit-log.md` describes when each is recorded; a test compares the page with the code that records. A name
//! must never change, because stored audit events contain it and never change.

words! {
    /// The name of an action in the audit log.
    AuditAction {
        AcceptInvitation "accept_invitation",
        AddGroupUser "add_group_user",
        AddUser "add_user",
        ArchiveProject "archive_project",
        AssignLicense "assign_license",
        ChangePassword "change_password",
        CreateApiKey "create_api_key",
        CreateDefaultAccount "create_default_account",
        CreateGroup "create_group",
        CreateOfflineLicense "create_offline_license",
        CreateOrganization "create_organization",
        CreateProject "create_project",
        CreateSetupLink "create_setup_link",
        CreateTeam "create_team",
        DeactivateMachine "deactivate_machine",
        DeclineInvitation "decline_invitation",
        DeleteExecution "delete_execution",
        DeleteGroup "delete_group",
        DeleteMailSettings "delete_mail_settings",
        DeleteOrganization "delete_organization",
        DeleteProject "delete_project",
        DeleteTeam "delete_team",
        DownloadOfflineLicense "download_offline_license",
        EditGroup "edit_group",
        EditProject "edit_project",
        EditTeam "edit_team",
        EditUserLoginOptions "edit_user_login_options",
        EditUserRole "edit_user_role",
        EndLicenseSession "end_license_session",
        EndOtherSessions "end_other_sessions",
        EndSession "end_session",
        EndUserSessions "end_user_sessions",
        ExportAuditLog "export_audit_log",
        ExportLicenseUtilization "export_license_utilization",
        ExportLicensedUsers "export_licensed_users",
        ExportUsers "export_users",
        FindSecondInstallation "find_second_installation",
        ImportLicense "import_license",
        InviteUser "invite_user",
        Leave "leave",
        LimitLicenseReturns "limit_license_returns",
        MoveProject "move_project",
        RecoverPasswordBySql "recover_password_by_sql",
        RemoveGroupUser "remove_group_user",
        RemoveMachine "remove_machine",
        RemoveUser "remove_user",
        ResendInvitation "resend_invitation",
        ResendMail "resend_mail",
        ResetClock "reset_clock",
        ResetPassword "reset_password",
        ResetPasswordByMail "reset_password_by_mail",
        ReturnBorrowedLicense "return_borrowed_license",
        ReturnByInvitation "return_by_invitation",
        RevokeApiKey "revoke_api_key",
        RevokeInvitation "revoke_invitation",
        RevokeLicense "revoke_license",
        SendTestMail "send_test_mail",
        SetPasswordByInvitation "set_password_by_invitation",
        SignIn "sign_in",
        SignOut "sign_out",
        SlowSignIns "slow_sign_ins",
        StopServer "stop_server",
        TransferLicense "transfer_license",
        TransferOwnership "transfer_ownership",
        UnarchiveProject "unarchive_project",
        UndoRemoveUser "undo_remove_user",
        UndoRevokeLicense "undo_revoke_license",
        UpdateAccount "update_account",
        UpdateLicenseSettings "update_license_settings",
        UpdateLicenseShare "update_license_share",
        UpdateMailSettings "update_mail_settings",
        UpdateNotifications "update_notifications",
        UpdateOrganization "update_organization",
        UpdateProfile "update_profile",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_in_order() {
        assert!(
            AuditAction::ALL.into_iter().all(|action| AuditAction::parse(action.as_str()) == Some(action))
        );
        assert!(AuditAction::ALL.into_iter().all(|action| serde_json::json!(action) == action.as_str()));
        assert!(AuditAction::ALL.is_sorted_by_key(|action| action.as_str()));
        assert_eq!(AuditAction::parse("Sign_In"), None);
    }
}
