//! Who may do what: level × action × role → yes, members only, no.
//!
//! The one place where roles mean anything; everything else asks for actions. `table` holds the rows, `Roles` applies
//! them to what somebody is at each level, `print` writes them for people (docs/permissions.md).

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
    /// A role at a place.
    Role {
        Owner "owner",
        Admin "admin",
        BillingManager "billing_manager",
        Member "member",
    }
}

impl Role {
    /// “Billing Manager”
    pub fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::BillingManager => "Billing Manager",
            Self::Member => "Member",
        }
    }

    /// “an Owner”
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Owner => "an Owner",
            Self::Admin => "an Admin",
            Self::BillingManager => "a Billing Manager",
            Self::Member => "a Member",
        }
    }
}

/// From the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    No,
    /// Only towards people whose role is Member.
    MembersOnly,
    Yes,
}

words! {
    /// Where people have roles, from the top down.
    Level {
        /// The installation.
        Account "account",
        Organization "organization",
        Team "team",
        Project "project",
    }
}

impl Level {
    /// The roles there are at this level; a Billing Manager exists at the account level alone.
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
    /// Every action of a level, in the table's order.
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

    /// What somebody with this role at the action's own level may.
    pub fn rule(self, role: Role) -> Rule {
        each_level!(self, action => action.rule(role))
    }

    /// “an Owner or an Admin”, for the message to somebody who may not.
    pub fn allowed_roles_in_words(self) -> String {
        let roles = self.level().roles().iter().filter(|role| self.rule(**role) != Rule::No);
        roles.map(|role| role.in_words()).collect::<Vec<_>>().join(" or ")
    }
}

#[cfg(test)]
mod tests;
