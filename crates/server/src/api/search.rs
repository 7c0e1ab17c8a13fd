//! `GET /api/v2/search`: people, machines, organizations, teams, projects and user groups by name, over everything that
//! the caller may see.
//!
//! The database returns candidates, and [`testkeep_domain::fuzzy`] chooses the best of them. Must never find an object
//! that the caller's lists do not show.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_domain::fuzzy::{Fit, fit};
use testkeep_domain::permission::OrganizationAction;
use testkeep_domain::text::fold;
use testkeep_store::search::{self, FoundMachine, FoundPerson, FoundPlace, Patterns};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::query::UrlQuery;
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::identity::visible::Visible;
use crate::{App, Error};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search_everything))
}

const LIMIT: i64 = 8;
const LIMIT_MAX: i64 = 20;
/// Maximum length of a query, in bytes, to limit the work of the database.
const QUERY_MAX: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// The beginning of a name, email address, host name or machine ID; also initials, or with one wrong letter.
    pub q: String,
    /// The largest number of results of each kind, 1 to 20; default: 8.
    pub limit: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FoundKind {
    Person,
    Machine,
    Organization,
    Team,
    Project,
    Group,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundOut {
    pub kind: FoundKind,
    pub id: i64,
    /// Name; of a machine without a host name, its machine ID.
    pub name: String,
    /// Email address of a person, machine ID of a machine.
    pub detail: Option<String>,
    /// The organization of everything but people and organizations.
    pub organization_id: Option<i64>,
    pub organization_name: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SearchOut {
    /// The best first.
    pub items: Vec<FoundOut>,
}

/// Searches everything that the caller may see.
#[utoipa::path(get, path = "/api/v2/search", tag = "search", params(SearchQuery), responses(
    (status = OK, body = SearchOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
))]
pub(crate) async fn search_everything(
    State(app): State<App>,
    caller: Caller,
    UrlQuery(SearchQuery { q, limit }): UrlQuery<SearchQuery>,
) -> Result<Json<SearchOut>, Error> {
    let limit = read(&q, limit)?;
    let query = fold(&q);
    if query.is_empty() {
        return Ok(Json(SearchOut { items: Vec::new() }));
    }
    let search = Search { app: &app, visible: Visible::to(&app, &caller).await?, query, limit };
    let mut found = search.people().await?;
    found.extend(search.places().await?);
    found.extend(search.groups().await?);
    found.extend(search.machines().await?);
    found.extend(search.organizations());
    // What only resembles the query is of no use beside what contains it.
    if found.iter().any(|(fit, _)| *fit <= Fit::Inside) {
        found.retain(|(fit, _)| *fit <= Fit::Inside);
    }
    found.sort_by_key(|(fit, item)| (*fit, item.name.len()));
    Ok(Json(SearchOut { items: found.into_iter().map(|(_, item)| item).collect() }))
}

fn read(q: &str, limit: Option<i64>) -> Result<usize, Error> {
    if q.len() > QUERY_MAX {
        return Err(Error::field("q", format!("Search for at most {QUERY_MAX} characters.")));
    }
    if q.contains('\0') {
        return Err(Error::field(
            "q",
            "There is a zero byte (%00) in it, which is in no text here. Remove it.",
        ));
    }
    let limit = limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Error::field("limit", format!("Ask for 1 to {LIMIT_MAX} results of each kind.")));
    }
    usize::try_from(limit).map_err(Error::internal)
}

type Found = Vec<(Fit, FoundOut)>;

struct Search<'a> {
    app: &'a App,
    visible: Visible,
    query: String,
    limit: usize,
}

/// Runs a search with narrow patterns, and with wide ones when the narrow ones found too few.
macro_rules! widening {
    ($search:ident, $patterns:ident => $candidates:expr, $pick:expr) => {{
        let $patterns = Patterns::close(&$search.query);
        let found = $search.best(&$candidates, $pick);
        if found.len() >= $search.limit {
            return Ok(found);
        }
        let $patterns = Patterns::loose(&$search.query);
        let loose = $search.best(&$candidates, $pick);
        Ok($search.together(found, loose))
    }};
}

impl Search<'_> {
    async fn people(&self) -> Result<Found, Error> {
        let db = &self.app.db;
        let scopes = self.visible.scopes_with_people(self.app).await?;
        let pick = |row: &FoundPerson| {
            let by_name = fit(&self.query, &row.folded_name);
            let by_email = fit(&self.query, &row.folded_email).filter(|fit| *fit <= Fit::Inside);
            by_name.into_iter().chain(by_email).min().map(|fit| (fit, person(row)))
        };
        let limit = i64::try_from(self.limit).map_err(Error::internal)?;
        let started = search::list_people_by_start(db, &scopes, &Patterns::close(&self.query), limit).await?;
        let found = self.best(&started, pick);
        if found.len() >= self.limit {
            return Ok(found);
        }
        let others: Result<Found, Error> =
            widening!(self, patterns => search::list_people(db, &scopes, &patterns).await?, pick);
        Ok(self.together(found, others?))
    }

    async fn places(&self) -> Result<Found, Error> {
        let (db, filter) = (&self.app.db, self.visible.places());
        let pick = |row: &FoundPlace| self.named(row);
        widening!(self, patterns => search::list_places(db, &filter, &patterns).await?, pick)
    }

    async fn groups(&self) -> Result<Found, Error> {
        let db = &self.app.db;
        let organizations = self.visible.organizations_where(OrganizationAction::ViewGroups);
        let pick = |row: &FoundPlace| self.named(row);
        widening!(self, patterns => search::list_groups(db, &organizations, &patterns).await?, pick)
    }

    async fn machines(&self) -> Result<Found, Error> {
        let db = &self.app.db;
        let organizations = self.visible.organizations_where(OrganizationAction::ViewLicenseManagement);
        let pick = |row: &FoundMachine| {
            let by_key = fit(&self.query, &fold(&row.machine_key)).filter(|fit| *fit <= Fit::Inside);
            let fits = fit(&self.query, &row.folded_hostname).into_iter().chain(by_key);
            fits.min().map(|fit| (fit, self.machine(row)))
        };
        widening!(self, patterns => search::list_machines(db, &organizations, &patterns).await?, pick)
    }

    /// They are few, and all of them were read already.
    fn organizations(&self) -> Found {
        let rows: Vec<_> = self.visible.organizations.iter().collect();
        self.best(&rows, |row| {
            let found = FoundOut {
                kind: FoundKind::Organization,
                id: row.id,
                name: row.name.clone(),
                detail: None,
                organization_id: None,
                organization_name: None,
            };
            fit(&self.query, &fold(&row.name)).map(|fit| (fit, found))
        })
    }

    fn named(&self, row: &FoundPlace) -> Option<(Fit, FoundOut)> {
        let kind = match row.kind.as_str() {
            "team" => FoundKind::Team,
            "project" => FoundKind::Project,
            _ => FoundKind::Group,
        };
        let found = FoundOut {
            kind,
            id: row.id,
            name: row.name.clone(),
            detail: None,
            organization_id: Some(row.organization_id),
            organization_name: self.organization_name(row.organization_id),
        };
        fit(&self.query, &row.folded_name).map(|fit| (fit, found))
    }

    fn machine(&self, row: &FoundMachine) -> FoundOut {
        let name = if row.hostname.is_empty() { &row.machine_key } else { &row.hostname };
        FoundOut {
            kind: FoundKind::Machine,
            id: row.id,
            name: name.clone(),
            detail: Some(row.machine_key.clone()),
            organization_id: Some(row.organization_id),
            organization_name: self.organization_name(row.organization_id),
        }
    }

    fn organization_name(&self, id: i64) -> Option<String> {
        self.visible.organization(id).map(|organization| organization.name.clone())
    }

    /// The best of the candidates; of equal ones, the shorter name first.
    fn best<Row>(&self, rows: &[Row], pick: impl Fn(&Row) -> Option<(Fit, FoundOut)>) -> Found {
        self.sorted(rows.iter().filter_map(pick).collect())
    }

    /// Both without what is in both.
    fn together(&self, mut found: Found, more: Found) -> Found {
        for (fit, item) in more {
            if found.iter().all(|(_, other)| (other.kind, other.id) != (item.kind, item.id)) {
                found.push((fit, item));
            }
        }
        self.sorted(found)
    }

    fn sorted(&self, mut found: Found) -> Found {
        found.sort_by(|(left, a), (right, b)| {
            (left, a.name.len(), &a.name, a.id).cmp(&(right, b.name.len(), &b.name, b.id))
        });
        // Teams and projects are found together, and each kind has its own number.
        let mut counts = std::collections::HashMap::new();
        found.retain(|(_, item)| {
            let count = counts.entry(item.kind as u8).or_insert(0);
            *count += 1;
            *count <= self.limit
        });
        found
    }
}

fn person(row: &FoundPerson) -> FoundOut {
    let name = format!("{} {}", row.first_name, row.last_name);
    let name = if name.trim().is_empty() { row.email.clone() } else { name.trim().to_owned() };
    FoundOut {
        kind: FoundKind::Person,
        id: row.user_id,
        name,
        detail: Some(row.email.clone()),
        organization_id: None,
        organization_name: None,
    }
}
