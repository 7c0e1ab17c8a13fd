//! Permissions: level × action × role → yes, members only, no. A level is a kind of scope.
//!
//! `table` contains the rows, `Roles` applies them to the roles of a person, `print` writes them for people
//! (docs/permissions.md). No other code may evaluate roles: it checks actions.

mod denial;
mod print;
mod roles;
mod rows;
mod table;

pub use denial::{DenialReason, Denied, deny};
pub use print::print;
pub use roles::Roles;
pub use rows::{InvitationAction, MemberAction};
pub use table::{AccountAction, OrganizationAction, ProjectAction, TeamAction};

words! {
    /// The role of a person in a scope.
    Role {
        Owner "owner",
        Admin "admin",
        BillingManager "billing_manager",
        Member "member",
    }
}

impl Role {
    /// The role's name for people, for example “Billing Manager”.
    pub fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::BillingManager => "Billing Manager",
            Self::Member => "Member",
        }
    }

    /// The role's name with its article, for example “an Owner”.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Owner => "an Owner",
            Self::Admin => "an Admin",
            Self::BillingManager => "a Billing Manager",
            Self::Member => "a Member",
        }
    }
}

/// A cell of the permission table, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    No,
    /// Only on people whose role is Member.
    MembersOnly,
    Yes,
}

words! {
    /// The kinds of scopes, from the top down.
    Level {
        /// The installation.
        Account "account",
        Organization "organization",
        Team "team",
        Project "project",
    }
}

impl Level {
    /// The roles at this level. Only the account has Billing Managers.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Account => &Role::ALL,
            _ => &[Role::Owner, Role::Admin, Role::Member],
        }
    }
}

/// An action of any level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Account(AccountAction),
    Organization(OrganizationAction),
    Team(TeamAction),
    Project(ProjectAction),
}

macro_rules! each_level {
    ($action:expr, $inner:ident => $result:expr) => {
        match $action {
            Action::Account($inner) => $result,
            Action::Organization($inner) => $result,
            Action::Team($inner) => $result,
            Action::Project($inner) => $result,
        }
    };
}

impl Action {
    /// All actions of a level, in the order of the table.
    pub fn all(level: Level) -> Vec<Self> {
        fn wrap<A: Copy + Into<Action>>(actions: &[A]) -> Vec<Action> {
            actions.iter().map(|action| (*action).into()).collect()
        }
        match level {
            Level::Account => wrap(AccountAction::ALL),
            Level::Organization => wrap(OrganizationAction::ALL),
            Level::Team => wrap(TeamAction::ALL),
            Level::Project => wrap(ProjectAction::ALL),
        }
    }

    pub fn level(self) -> Level {
        match self {
            Self::Account(_) => Level::Account,
            Self::Organization(_) => Level::Organization,
            Self::Team(_) => Level::Team,
            Self::Project(_) => Level::Project,
        }
    }

    /// The action's name in the API.
    pub fn as_str(self) -> &'static str {
        each_level!(self, action => action.as_str())
    }

    pub fn area(self) -> &'static str {
        each_level!(self, action => action.area())
    }

    /// The rule for a person with this role at the action's own level.
    pub fn rule(self, role: Role) -> Rule {
        each_level!(self, action => action.rule(role))
    }

    /// The roles that allow the action, for a refusal: “an Owner or an Admin”.
    pub fn allowed_roles_in_words(self) -> String {
        let roles = self.level().roles().iter().filter(|role| self.rule(**role) != Rule::No);
        roles.map(|role| role.in_words()).collect::<Vec<_>>().join(" or ")
    }
}

#[cfg(test)]
mod tests;
