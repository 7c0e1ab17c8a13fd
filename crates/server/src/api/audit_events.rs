//! `/api/v2/{level}/{id}/audit-events`: the account sees everything, an organization what happened in it.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use testkeep_domain::permission::{AccountAction, Action, Level, OrganizationAction};
use testkeep_store::audit::{self, AuditEvent};
use utoipa::{IntoParams, ToSchema};

use super::csv::Csv;
use super::level::PlacePath;
use super::list::{ListQuery, Page};
use super::path::UrlPath;
use super::query::UrlQuery;
use crate::auth::Caller;
use crate::error::ErrorBody;
use crate::{App, Error};

/// Newest first, always.
const COLUMNS: [&str; 1] = ["at"];
/// An export holds at most this many events; narrow the dates for more.
const EXPORT_MAX: i64 = 100_000;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditEventOut {
    /// Its number in the chain.
    pub id: i64,
    pub at: DateTime<Utc>,
    pub actor_id: Option<i64>,
    /// An address, or what stood in for one: “console”, “setup link”.
    pub actor: String,
    /// Where the request came from.
    pub address: Option<String>,
    pub action: String,
    /// `account`, `organization`, `team` or `project`.
    pub level: String,
    pub scope_id: i64,
    pub target_kind: String,
    pub target_id: Option<i64>,
    pub target_name: String,
    #[schema(value_type = Object)]
    pub details: Value,
    /// SHA-256 over the event before and this one, hexadecimal.
    pub hash: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    pub action: Option<String>,
    /// RFC 3339
    pub from: Option<DateTime<Utc>>,
    /// RFC 3339, up to and not including.
    pub to: Option<DateTime<Utc>>,
}

/// Who did what, newest first.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/audit-events", tag = "audit log",
    params(PlacePath, ListQuery, AuditQuery), responses((status = OK, body = Page<AuditEventOut>),
    (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn list_audit_events(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<PlacePath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(wanted): UrlQuery<AuditQuery>,
) -> Result<Json<Page<AuditEventOut>>, Error> {
    let filter = filter(&app, &caller, place, wanted).await?;
    let list = query.read(&COLUMNS)?;
    let total = audit::count_audit_events(&app.db, &filter, &list).await?;
    let rows = audit::list_audit_events(&app.db, &filter, &list).await?;
    Ok(Json(Page { items: rows.into_iter().map(Into::into).collect(), total }))
}

/// The same as CSV.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/audit-events/export", tag = "audit log",
    params(PlacePath, ListQuery, AuditQuery), responses((status = OK, content_type = "text/csv"),
    (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = NOT_FOUND, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody)))]
pub async fn export_audit_events(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<PlacePath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(wanted): UrlQuery<AuditQuery>,
) -> Result<impl IntoResponse, Error> {
    let filter = filter(&app, &caller, place, wanted).await?;
    let mut list = query.read_all(&COLUMNS)?;
    list.limit = EXPORT_MAX;
    let head =
        ["number", "at", "actor", "address", "action", "level", "scope_id", "target_kind", "target_id"];
    let mut csv = Csv::new("audit-log.csv", &[&head[..], &["target_name", "details", "hash"]].concat())?;
    for row in audit::list_audit_events(&app.db, &filter, &list).await? {
        let target = row.target_id.map(|id| id.to_string()).unwrap_or_default();
        let (number, at, scope) = (row.number.to_string(), row.at.to_rfc3339(), row.scope_id.to_string());
        let hash = hex::encode(&row.hash);
        let address = row.address.unwrap_or_default();
        let cells = [&number, &at, &row.actor, &address, &row.action, &row.level, &scope, &row.target_kind];
        let cells = cells.into_iter().chain([&target, &row.target_name, &row.details, &hash]);
        csv.row(&cells.map(String::as_str).collect::<Vec<_>>())?;
    }
    Ok(csv)
}

async fn filter(
    app: &App,
    caller: &Caller,
    place: PlacePath,
    wanted: AuditQuery,
) -> Result<audit::AuditFilter, Error> {
    let level = place.level.into();
    let action: Action = match level {
        Level::Account => AccountAction::ViewAuditLog.into(),
        Level::Organization => OrganizationAction::ViewAuditLog.into(),
        Level::Team | Level::Project => return Err(Error::NotFound),
    };
    let access = caller.access(&app.db, level, place.id).await?;
    access.require(action)?;
    let AuditQuery { action, from, to } = wanted;
    if action.as_ref().is_some_and(|action| action.contains('\0')) {
        return Err(Error::field("action", "This is no action."));
    }
    Ok(audit::AuditFilter { organization_id: access.scope.organization_id, action, from, until: to })
}

impl From<AuditEvent> for AuditEventOut {
    fn from(row: AuditEvent) -> Self {
        Self {
            id: row.number,
            at: row.at,
            actor_id: row.actor_id,
            actor: row.actor,
            address: row.address,
            action: row.action,
            level: row.level,
            scope_id: row.scope_id,
            target_kind: row.target_kind,
            target_id: row.target_id,
            target_name: row.target_name,
            // What was written is an object; a broken one is shown as it is.
            details: serde_json::from_str(&row.details).unwrap_or(Value::String(row.details)),
            hash: hex::encode(row.hash),
        }
    }
}
