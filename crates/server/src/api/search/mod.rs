//! `GET /api/v2/search`: people, pending invitations, machines, live sessions, organizations, teams, projects and user
//! groups by name, over everything that the caller may see.
//!
//! The database returns candidates, and [`testkeep_domain::fuzzy`] chooses the best of them. Must never find an object
//! that the caller's lists do not show.

mod finder;
mod found;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_domain::fuzzy::Fit;
use testkeep_domain::text::fold;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::query::UrlQuery;
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::identity::visible::Visible;
use crate::{App, Error};
use finder::Finder;
use found::FoundOut;

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
    let finder = Finder { app: &app, visible: Visible::to(&app, &caller).await?, query, limit };
    let mut found = finder.everything().await?;
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
