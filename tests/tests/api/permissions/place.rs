//! The scopes of the sweeps: the account, and in each of two equal organizations a team, a project in it and a project
//! directly in the organization.

use std::collections::BTreeMap;

use testkeep_domain::permission::{Level, Role, Roles};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    Account,
    Organization,
    Team,
    /// In a team.
    Project,
    /// Directly in the organization, in no team.
    DirectProject,
}

use Place::{Account, DirectProject, Organization, Project, Team};

impl Place {
    pub(crate) const ALL: [Self; 5] = [Account, Organization, Team, Project, DirectProject];

    pub(crate) fn level(self) -> Level {
        match self {
            Account => Level::Account,
            Organization => Level::Organization,
            Team => Level::Team,
            Project | DirectProject => Level::Project,
        }
    }

    /// The name in the API's paths.
    pub(crate) fn segment(self) -> &'static str {
        match self.level() {
            Level::Account => "accounts",
            Level::Organization => "organizations",
            Level::Team => "teams",
            Level::Project => "projects",
        }
    }

    pub(crate) fn above(self) -> Option<Self> {
        match self {
            Account | Organization => None,
            Team | DirectProject => Some(Organization),
            Project => Some(Team),
        }
    }
}

/// A person's roles by scope.
pub(crate) type RolesAt = BTreeMap<Place, Role>;

/// The roles that count in a scope. `closed`: the organization is closed to this caller's way of signing in.
pub(crate) fn roles_down_to(place: Place, roles: &RolesAt, closed: bool) -> Roles {
    let at = |wanted: Place| roles.get(&wanted).copied();
    let below = |wanted: Place| at(wanted).filter(|_| place != Account && !closed);
    Roles {
        account: at(Account),
        organization: below(Organization),
        team: below(Team).filter(|_| matches!(place, Team | Project)),
        project: below(place).filter(|_| place.level() == Level::Project),
    }
}
