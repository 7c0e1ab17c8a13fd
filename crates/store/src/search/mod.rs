//! The search over people, invitations, machines, sessions, teams, projects and user groups: candidates for a query, each
//! at most [`CANDIDATES`]. The caller decides which of them fit best.
//!
//! Must never find anything outside of the scopes that it is given.

#[macro_use]
mod text;
mod licenses;
mod patterns;
mod people;
mod places;

use crate::query::Both;
pub use licenses::{FoundMachine, FoundSession, list_machines, list_sessions};
pub use patterns::{CANDIDATES, Patterns};
pub use people::{FoundInvitation, FoundPerson, list_invitations, list_people, list_people_by_start};
pub use places::{FoundPlace, PlaceFilter, list_groups, list_place_ids, list_places};

/// Every statement of the search, for the tests that check each of them.
pub(crate) const STATEMENTS: [Both; 8] = [
    people::STARTING,
    people::PEOPLE,
    people::INVITATIONS,
    places::PLACE_IDS,
    places::PLACES,
    places::GROUPS,
    licenses::MACHINES,
    licenses::SESSIONS,
];
