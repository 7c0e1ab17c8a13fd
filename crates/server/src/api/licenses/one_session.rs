//! `GET /api/v2/license-sessions/{item_id}`: one license session, live or ended.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::permission::{Denied, OrganizationAction};
use testkeep_store::licenses::machine;
use testkeep_store::licenses::session_list::{self, SessionDetails};
use utoipa::ToSchema;

use super::viewer;
use crate::api::path::UrlPath;
use crate::api::refusals::AtScope;
use crate::identity::auth::Caller;
use crate::{App, Error};

/// A license session in any state.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SessionDetailsOut {
    pub id: i64,
    pub organization_id: i64,
    pub organization_name: String,
    pub product: String,
    /// `KSE`, `ENGINE` or `FLOATING_ENGINE`.
    pub package: String,
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// The team whose reservation the session uses.
    pub team: Option<String>,
    pub machine_key: String,
    pub hostname: String,
    pub client_version: String,
    /// `online` or `borrowed`.
    pub kind: String,
    pub started_at: DateTime<Utc>,
    /// The last sign of life.
    pub renewed_at: DateTime<Utc>,
    /// The session ends at this time, unless it is renewed before.
    pub expires_at: DateTime<Utc>,
    /// Absent: the session is live.
    pub ended_at: Option<DateTime<Utc>>,
    /// For example `released`, `missed` or `revoked`.
    pub end_reason: Option<String>,
    pub ended_by: Option<String>,
}

/// A license session with its machine, and what the caller may do.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FoundSessionOut {
    pub session: SessionDetailsOut,
    /// Absent: the machine is not registered.
    pub machine_id: Option<i64>,
    /// `revoke_license` ends the session.
    pub actions: Vec<OrganizationAction>,
    pub denied: Vec<Denied<OrganizationAction>>,
}

pub(super) const ENDING: [OrganizationAction; 1] = [OrganizationAction::RevokeLicense];

/// A license session, live or ended.
#[utoipa::path(get, path = "/api/v2/license-sessions/{item_id}", tag = "licenses", params(("item_id" = i64, Path)),
    responses((status = OK, body = FoundSessionOut), AtScope))]
pub(crate) async fn find_license_session(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<FoundSessionOut>, Error> {
    let row = session_list::find_session_details(&app.db, id).await?.ok_or(Error::NotFound)?;
    let access = viewer(&app, &caller, row.organization_id).await?;
    let found =
        machine::find_machine_id(&app.db, row.organization_id, &row.product, &row.machine_key).await?;
    Ok(Json(FoundSessionOut {
        session: row.into(),
        machine_id: found.map(|(id,)| id),
        actions: access.roles.allowed(&ENDING),
        denied: access.roles.denied(&ENDING),
    }))
}

impl From<SessionDetails> for SessionDetailsOut {
    fn from(row: SessionDetails) -> Self {
        Self {
            id: row.id,
            organization_id: row.organization_id,
            organization_name: row.organization_name,
            product: row.product,
            package: row.package,
            user_id: row.user_id,
            email: row.email,
            first_name: row.first_name,
            last_name: row.last_name,
            team: row.team,
            machine_key: row.machine_key,
            hostname: row.hostname,
            client_version: row.client_version,
            kind: row.kind,
            started_at: row.started_at,
            renewed_at: row.renewed_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
            end_reason: row.end_reason,
            ended_by: row.ended_by,
        }
    }
}
