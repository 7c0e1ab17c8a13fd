//! Teams and projects of those that a person may see, and user groups of organizations, by name.

use super::patterns::{CANDIDATES, Patterns};
use crate::on::On;
use crate::query::{Both, Query};
use crate::rows::Rows;

/// A scope's ids beyond this number are not searched for people.
const PLACES_MAX: i64 = 5000;

/// Which teams and projects are searched: those of whole organizations, and single ones.
#[derive(Clone, Debug, Default)]
pub struct PlaceFilter {
    /// Organizations with all their teams.
    pub teams_of: Vec<i64>,
    /// Organizations with all their projects.
    pub projects_of: Vec<i64>,
    /// Single teams and projects.
    pub single: Vec<i64>,
    /// Teams with all their projects.
    pub projects_in: Vec<i64>,
}

impl PlaceFilter {
    /// `$1` to `$4`, as `places!` reads them.
    fn bind(&self, query: Query) -> Query {
        let lists = [&self.teams_of, &self.projects_of, &self.single, &self.projects_in];
        lists.into_iter().fold(query, |query, ids| query.bind(Rows::of(ids.iter().copied()).to_json()))
    }
}

/// The teams and projects of a [`PlaceFilter`] in `$1` to `$4`, at most `$5`.
macro_rules! places {
    ($db:ident $rows:literal $(, $only:tt $($more:tt)*)?) => {
        concat!(
            "SELECT ", $rows, " FROM scope s WHERE ((s.level = 'team' AND s.organization_id IN ", ids!($db "$1"),
            ") OR (s.level = 'project' AND s.organization_id IN ", ids!($db "$2"),
            ") OR s.id IN ", ids!($db "$3"), " OR s.team_id IN ", ids!($db "$4"), ")"
            $(, " AND ", $only $($more)*)?, " LIMIT $5"
        )
    };
}

pub(super) const PLACE_IDS: Both = both!(places "s.id");

/// Ids of the teams and projects, in no particular order.
pub async fn list_place_ids(on: impl Into<On<'_>>, filter: &PlaceFilter) -> Result<Vec<(i64,)>, sqlx::Error> {
    filter.bind(PLACE_IDS.query()).bind(PLACES_MAX).fetch_all(on).await
}

/// A team, project or user group whose name may fit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FoundPlace {
    pub id: i64,
    /// `team`, `project` or `group`.
    pub kind: String,
    pub name: String,
    pub folded_name: String,
    pub organization_id: i64,
}

pub(super) const PLACES: Both = both!(places
    "s.id, s.level AS kind, s.name, COALESCE(s.folded_name, '') AS folded_name, s.organization_id",
    fits!("s.folded_name", "$6", "$7", "$8", "$9"));

pub async fn list_places(
    on: impl Into<On<'_>>,
    filter: &PlaceFilter,
    patterns: &Patterns,
) -> Result<Vec<FoundPlace>, sqlx::Error> {
    patterns.bind_names(filter.bind(PLACES.query()).bind(CANDIDATES)).fetch_all(on).await
}

pub(super) const GROUPS: Both = both!(found
    "g.id, 'group' AS kind, g.name, COALESCE(g.folded_name, '') AS folded_name, g.organization_id",
    "user_group g" of "g.organization_id", fits!("g.folded_name", "$3", "$4", "$5", "$6"));

pub async fn list_groups(
    on: impl Into<On<'_>>,
    organization_ids: &[i64],
    patterns: &Patterns,
) -> Result<Vec<FoundPlace>, sqlx::Error> {
    let query = GROUPS.query().bind(Rows::of(organization_ids.iter().copied()).to_json()).bind(CANDIDATES);
    patterns.bind_names(query).fetch_all(on).await
}
