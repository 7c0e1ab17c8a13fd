//! The rows of the permission table. Rows below the comment `ours` are this product's own; the others are those of the
//! role matrix.
//!
//! One line is one action: name in code, name in the API, area, then the rules for Owner, Admin, Billing Manager,
//! Member.

use super::{Action, Role, Rule};

macro_rules! actions {
    ($(#[$meta:meta])* $name:ident in $level:ident {
        $($variant:ident $word:literal $area:literal $owner:ident $admin:ident $billing:ident $member:ident;)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($variant,)*
        }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The action's name in the API.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// The area of the action, for the printed table.
            pub fn area(self) -> &'static str {
                match self {
                    $(Self::$variant => $area,)*
                }
            }

            /// The rule for a person with this role at this level.
            pub fn rule(self, role: Role) -> Rule {
                let [owner, admin, billing_manager, member] = match self {
                    $(Self::$variant => [Rule::$owner, Rule::$admin, Rule::$billing, Rule::$member],)*
                };
                match role {
                    Role::Owner => owner,
                    Role::Admin => admin,
                    Role::BillingManager => billing_manager,
                    Role::Member => member,
                }
            }
        }

        impl From<$name> for Action {
            fn from(action: $name) -> Self {
                Self::$level(action)
            }
        }
    };
}

actions! {
    /// An action in the account.
    AccountAction in Account {
        InviteUser "invite_user" "user_management" Yes Yes No No;
        RevokeInvitation "revoke_invitation" "user_management" Yes Yes No No;
        ResendInvitation "resend_invitation" "user_management" Yes Yes No No;
        EditUserRole "edit_user_role" "user_management" Yes MembersOnly No No;
        EditUserLoginOptions "edit_user_login_options" "user_management" Yes MembersOnly No No;
        RemoveUser "remove_user" "user_management" Yes MembersOnly No No;
        TransferOwnership "transfer_ownership" "user_management" Yes No No No;
        ExportUsers "export_users" "user_management" Yes Yes No No;
        PurchaseSubscription "purchase_subscription" "subscription_management" Yes No Yes No;
        UpgradeSubscription "upgrade_subscription" "subscription_management" Yes No Yes No;
        CancelSubscription "cancel_subscription" "subscription_management" Yes No Yes No;
        GetQuote "get_quote" "subscription_management" Yes No Yes No;
        ViewPaymentMethod "view_payment_method" "payment_method" Yes No Yes No;
        EditPaymentMethod "edit_payment_method" "payment_method" Yes No Yes No;
        DeletePaymentMethod "delete_payment_method" "payment_method" Yes No Yes No;
        ViewLicenseManagement "view_license_management" "license_management" Yes Yes No No;
        ViewSubscriptionDetails "view_subscription_details" "license_management" Yes Yes Yes No;
        AssignLicense "assign_license" "license_management" Yes Yes No No;
        RevokeLicense "revoke_license" "license_management" Yes Yes No No;
        CreateOrganization "create_organization" "organization_management" Yes No No No;
        ViewOrganization "view_organization" "organization_management" Yes Yes No No;
        UpdateOrganization "update_organization" "organization_management" Yes Yes No No;
        ViewAccount "view_account" "account_settings" Yes Yes Yes No;
        UpdateAccount "update_account" "account_settings" Yes No No No;
        DeleteAccount "delete_account" "account_settings" Yes No No No;
        ViewUtilizationReport "view_utilization_report" "product_utilization" Yes Yes Yes No;
        FilterUtilizationReport "filter_utilization_report" "product_utilization" Yes Yes Yes No;
        ExportUtilizationReport "export_utilization_report" "product_utilization" Yes Yes Yes No;
        ConfigureIdleTimeout "configure_idle_timeout" "security_settings" Yes Yes No No;
        ConfigureSessionTimeout "configure_session_timeout" "security_settings" Yes Yes No No;
        ConfigureIpRestrictions "configure_ip_restrictions" "security_settings" Yes Yes No No;
        ConfigureSingleSignOn "configure_single_sign_on" "security_settings" Yes Yes No No;
        AddSupportContact "add_support_contact" "support_management" Yes Yes No No;
        RemoveSupportContact "remove_support_contact" "support_management" Yes Yes No No;
        ViewProjects "view_projects" "project_management" Yes Yes Yes Yes;
        CreateProject "create_project" "project_management" Yes Yes No No;
        EditProjectName "edit_project_name" "project_management" Yes Yes No No;
        DeleteProject "delete_project" "project_management" Yes Yes No No;
        InviteProjectUser "invite_project_user" "project_management" Yes Yes No No;
        ResendProjectInvitation "resend_project_invitation" "project_management" Yes Yes No No;
        RemoveProjectUser "remove_project_user" "project_management" Yes Yes No No;
        EditProjectUserRole "edit_project_user_role" "project_management" Yes Yes No No;
        ViewGroups "view_groups" "user_group_management" Yes Yes Yes Yes;
        CreateGroup "create_group" "user_group_management" Yes Yes No No;
        EditGroupName "edit_group_name" "user_group_management" Yes Yes No No;
        EditGroupDescription "edit_group_description" "user_group_management" Yes Yes No No;
        DeleteGroup "delete_group" "user_group_management" Yes Yes No No;
        AddGroupUser "add_group_user" "user_group_management" Yes Yes No No;
        RemoveGroupUser "remove_group_user" "user_group_management" Yes Yes No No;
        // ours
        EndUserSessions "end_user_sessions" "user_management" Yes MembersOnly No No;
        DeleteOrganization "delete_organization" "organization_management" Yes No No No;
        CreateTeam "create_team" "team_management" Yes Yes No No;
        ViewAuditLog "view_audit_log" "audit_log" Yes Yes No No;
        ConfigureMail "configure_mail" "mail" Yes Yes No No;
    }
}

actions! {
    /// An action in an organization.
    OrganizationAction in Organization {
        InviteUser "invite_user" "user_management" Yes Yes No No;
        RevokeInvitation "revoke_invitation" "user_management" Yes Yes No No;
        ResendInvitation "resend_invitation" "user_management" Yes Yes No No;
        EditUserRole "edit_user_role" "user_management" Yes MembersOnly No No;
        EditUserLoginOptions "edit_user_login_options" "user_management" Yes MembersOnly No No;
        RemoveUser "remove_user" "user_management" Yes MembersOnly No No;
        TransferOwnership "transfer_ownership" "user_management" Yes No No No;
        ExportUsers "export_users" "user_management" Yes Yes No No;
        ViewOrganization "view_organization" "organization_settings" Yes Yes No No;
        UpdateOrganization "update_organization" "organization_settings" Yes Yes No No;
        ViewLicenseManagement "view_license_management" "license_management" Yes Yes No No;
        AssignLicense "assign_license" "license_management" Yes Yes No No;
        TransferLicense "transfer_license" "license_management" Yes Yes No No;
        RevokeLicense "revoke_license" "license_management" Yes Yes No No;
        ViewUtilizationReport "view_utilization_report" "product_utilization" Yes Yes No No;
        FilterUtilizationReport "filter_utilization_report" "product_utilization" Yes Yes No No;
        ExportUtilizationReport "export_utilization_report" "product_utilization" Yes Yes No No;
        ConfigureIdleTimeout "configure_idle_timeout" "security_settings" Yes Yes No No;
        ConfigureSessionTimeout "configure_session_timeout" "security_settings" Yes Yes No No;
        ConfigureIpRestrictions "configure_ip_restrictions" "security_settings" Yes Yes No No;
        ConfigureSingleSignOn "configure_single_sign_on" "security_settings" Yes Yes No No;
        AddSupportContact "add_support_contact" "support_management" Yes Yes No No;
        RemoveSupportContact "remove_support_contact" "support_management" Yes Yes No No;
        ViewProjects "view_projects" "project_management" Yes Yes No Yes;
        CreateProject "create_project" "project_management" Yes Yes No No;
        EditProjectName "edit_project_name" "project_management" Yes Yes No No;
        DeleteProject "delete_project" "project_management" Yes Yes No No;
        InviteProjectUser "invite_project_user" "project_management" Yes Yes No No;
        ResendProjectInvitation "resend_project_invitation" "project_management" Yes Yes No No;
        RemoveProjectUser "remove_project_user" "project_management" Yes Yes No No;
        EditProjectUserRole "edit_project_user_role" "project_management" Yes Yes No No;
        ViewGroups "view_groups" "user_group_management" Yes Yes No Yes;
        CreateGroup "create_group" "user_group_management" Yes Yes No No;
        EditGroupName "edit_group_name" "user_group_management" Yes Yes No No;
        EditGroupDescription "edit_group_description" "user_group_management" Yes Yes No No;
        DeleteGroup "delete_group" "user_group_management" Yes Yes No No;
        AddGroupUser "add_group_user" "user_group_management" Yes Yes No No;
        RemoveGroupUser "remove_group_user" "user_group_management" Yes Yes No No;
        // ours
        DeleteOrganization "delete_organization" "organization_settings" Yes No No No;
        CreateTeam "create_team" "team_management" Yes Yes No No;
        ViewAuditLog "view_audit_log" "audit_log" Yes Yes No No;
        ConfigureMail "configure_mail" "mail" Yes Yes No No;
    }
}

actions! {
    /// An action in a team.
    TeamAction in Team {
        ViewTeam "view_team" "team_management" Yes Yes No Yes;
        EditTeam "edit_team" "team_management" Yes Yes No No;
        DeleteTeam "delete_team" "team_management" Yes No No No;
        AddTeamUser "add_team_user" "team_management" Yes Yes No No;
        RemoveTeamUser "remove_team_user" "team_management" Yes MembersOnly No No;
        EditTeamUserRole "edit_team_user_role" "team_management" Yes MembersOnly No No;
        TransferOwnership "transfer_ownership" "team_management" Yes No No No;
        ViewProjects "view_projects" "project_management" Yes Yes No Yes;
        CreateProject "create_project" "project_management" Yes Yes No No;
        EditProject "edit_project" "project_management" Yes Yes No No;
        DeleteProject "delete_project" "project_management" Yes Yes No No;
    }
}

actions! {
    /// An action in a project.
    ProjectAction in Project {
        ViewProject "view_project" "project_management" Yes Yes No Yes;
        ViewTestResults "view_test_results" "project_management" Yes Yes No Yes;
        UploadTestResults "upload_test_results" "project_management" Yes Yes No Yes;
        RunTests "run_tests" "project_management" Yes Yes No Yes;
        EditProject "edit_project" "project_management" Yes Yes No No;
        DeleteProject "delete_project" "project_management" Yes No No No;
        AddProjectUser "add_project_user" "project_management" Yes Yes No No;
        RemoveProjectUser "remove_project_user" "project_management" Yes MembersOnly No No;
        EditProjectUserRole "edit_project_user_role" "project_management" Yes MembersOnly No No;
        TransferOwnership "transfer_ownership" "project_management" Yes No No No;
        ManageSchedules "manage_schedules" "project_management" Yes Yes No No;
        ManageReleases "manage_releases" "project_management" Yes Yes No No;
        LinkIssue "link_issue" "project_management" Yes Yes No Yes;
        ConfigureJira "configure_jira" "project_management" Yes Yes No No;
    }
}
