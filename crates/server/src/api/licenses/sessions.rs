//! Online licenses: live sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::licenses::session_list::{self, LicenseSession};
use utoipa::ToSchema;

use super::{ProductItemPath, ProductPath, viewer};
use crate::api::list::{ListQuery, Page};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::auth::Caller;
use crate::ops::licenses::revoke;
use crate::{App, Error};

const COLUMNS: [&str; 4] = ["started_at", "email", "hostname", "expires_at"];

/// A live session.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LicenseSessionOut {
    pub id: i64,
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// `KSE`, `ENGINE` or `FLOATING_ENGINE`.
    pub package: String,
    pub machine_key: String,
    pub hostname: String,
    pub client_version: String,
    /// `online` or `borrowed`.
    pub kind: String,
    /// The team whose reservation the session uses.
    pub team_id: Option<i64>,
    pub team: Option<String>,
    pub started_at: DateTime<Utc>,
    pub renewed_at: DateTime<Utc>,
    /// The session ends at this time, unless it is renewed before.
    pub expires_at: DateTime<Utc>,
}

impl From<LicenseSession> for LicenseSessionOut {
    fn from(row: LicenseSession) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            package: row.package,
            machine_key: row.machine_key,
            hostname: row.hostname,
            client_version: row.client_version,
            kind: row.kind,
            team_id: row.team_id,
            team: row.team,
            started_at: row.started_at,
            renewed_at: row.renewed_at,
            expires_at: row.expires_at,
        }
    }
}

/// Live sessions.
#[utoipa::path(get, path = "/api/v2/organizations/{id}/licenses/{product}/sessions", tag = "licenses",
    params(ProductPath, ListQuery), responses((status = OK, body = Page<LicenseSessionOut>), AtScopeWithInput))]
pub(crate) async fn list_license_sessions(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductPath>,
    UrlQuery(query): UrlQuery<ListQuery>,
) -> Result<Json<Page<LicenseSessionOut>>, Error> {
    viewer(&app, &caller, path.id).await?;
    let (list, word, now) = (query.read(&COLUMNS)?, path.product.word(), app.clock.now());
    let total = session_list::count_license_sessions(&app.db, path.id, word, now, &list).await?;
    let rows = session_list::list_license_sessions(&app.db, path.id, word, now, &list).await?;
    Ok(Json(Page::new(rows.into_iter().map(Into::into).collect(), total)))
}

/// Ends a live session. Its program is informed at its next keep-alive.
#[utoipa::path(delete, path = "/api/v2/organizations/{id}/licenses/{product}/sessions/{item_id}", tag = "licenses",
    params(ProductItemPath), responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn end_license_session(
    State(app): State<App>,
    caller: Caller,
    UrlPath(path): UrlPath<ProductItemPath>,
) -> Result<StatusCode, Error> {
    revoke::end_session(&app, &caller, (path.id, path.product), path.item_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
