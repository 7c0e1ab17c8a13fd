//! The permission table: level × action × role → yes, members only, no.
//!
//! The one place where roles mean anything; everything else asks for actions. So far it holds the account level;
//! organization, team and project rows come with those concepts.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    BillingManager,
    Member,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::BillingManager, Self::Member];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::BillingManager => "billing_manager",
            Self::Member => "member",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Owner => "an Owner",
            Self::Admin => "an Admin",
            Self::BillingManager => "a Billing Manager",
            Self::Member => "a Member",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Yes,
    /// Only towards people whose role is Member.
    MembersOnly,
    No,
}

macro_rules! actions {
    ($(#[$meta:meta])* $name:ident { $($variant:ident $word:literal $owner:ident $admin:ident $billing:ident $member:ident;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

            /// Whether the role may do this at all, be it towards members only.
            pub fn is_allowed(self, role: Role) -> bool {
                self.rule(role) != Rule::No
            }

            /// “an Owner or an Admin”, for the message to somebody who may not.
            pub fn allowed_roles_in_words(self) -> String {
                let roles: Vec<&str> =
                    Role::ALL.into_iter().filter(|role| self.is_allowed(*role)).map(Role::in_words).collect();
                roles.join(" or ")
            }
        }
    };
}

actions! {
    /// What may be done at the account level.
    AccountAction {
        InviteUser "invite_user" Yes Yes No No;
        RevokeInvitation "revoke_invitation" Yes Yes No No;
        ResendInvitation "resend_invitation" Yes Yes No No;
        EditUserRole "edit_user_role" Yes MembersOnly No No;
        EditUserLoginOptions "edit_user_login_options" Yes MembersOnly No No;
        RemoveUser "remove_user" Yes MembersOnly No No;
        TransferOwnership "transfer_ownership" Yes No No No;
        ExportUsers "export_users" Yes Yes No No;
        PurchaseSubscription "purchase_subscription" Yes No Yes No;
        UpgradeSubscription "upgrade_subscription" Yes No Yes No;
        CancelSubscription "cancel_subscription" Yes No Yes No;
        GetQuote "get_quote" Yes No Yes No;
        ViewPaymentMethod "view_payment_method" Yes No Yes No;
        EditPaymentMethod "edit_payment_method" Yes No Yes No;
        DeletePaymentMethod "delete_payment_method" Yes No Yes No;
        ViewLicenseManagement "view_license_management" Yes Yes No No;
        ViewSubscriptionDetails "view_subscription_details" Yes Yes Yes No;
        AssignLicense "assign_license" Yes Yes No No;
        RevokeLicense "revoke_license" Yes Yes No No;
        CreateOrganization "create_organization" Yes No No No;
        ViewOrganization "view_organization" Yes Yes No No;
        UpdateOrganization "update_organization" Yes Yes No No;
        ViewAccount "view_account" Yes Yes Yes No;
        UpdateAccount "update_account" Yes No No No;
        DeleteAccount "delete_account" Yes No No No;
        ViewUtilizationReport "view_utilization_report" Yes Yes Yes No;
        FilterUtilizationReport "filter_utilization_report" Yes Yes Yes No;
        ExportUtilizationReport "export_utilization_report" Yes Yes Yes No;
        ConfigureIdleTimeout "configure_idle_timeout" Yes Yes No No;
        ConfigureSessionTimeout "configure_session_timeout" Yes Yes No No;
        ConfigureIpRestrictions "configure_ip_restrictions" Yes Yes No No;
        ConfigureSingleSignOn "configure_single_sign_on" Yes Yes No No;
        AddSupportContact "add_support_contact" Yes Yes No No;
        RemoveSupportContact "remove_support_contact" Yes Yes No No;
        ViewProjects "view_projects" Yes Yes Yes Yes;
        CreateProject "create_project" Yes Yes No No;
        EditProjectName "edit_project_name" Yes Yes No No;
        DeleteProject "delete_project" Yes Yes No No;
        InviteProjectUser "invite_project_user" Yes Yes No No;
        ResendProjectInvitation "resend_project_invitation" Yes Yes No No;
        RemoveProjectUser "remove_project_user" Yes Yes No No;
        EditProjectUserRole "edit_project_user_role" Yes Yes No No;
        ViewGroups "view_groups" Yes Yes Yes Yes;
        CreateGroup "create_group" Yes Yes No No;
        EditGroupName "edit_group_name" Yes Yes No No;
        EditGroupDescription "edit_group_description" Yes Yes No No;
        DeleteGroup "delete_group" Yes Yes No No;
        AddGroupUser "add_group_user" Yes Yes No No;
        RemoveGroupUser "remove_group_user" Yes Yes No No;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_who_may() {
        assert!(AccountAction::UpdateAccount.is_allowed(Role::Owner));
        assert!(!AccountAction::UpdateAccount.is_allowed(Role::Admin));
        assert_eq!(AccountAction::EditUserRole.rule(Role::Admin), Rule::MembersOnly);
        assert_eq!(AccountAction::GetQuote.allowed_roles_in_words(), "an Owner or a Billing Manager");
    }

    #[test]
    fn every_action_has_a_name_of_its_own() {
        let mut names: Vec<&str> = AccountAction::ALL.iter().map(|action| action.as_str()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
