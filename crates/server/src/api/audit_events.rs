//! `/api/v2/{level}/{id}/audit-events`: the audit log. The account shows all events, an organization the events in it.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use testkeep_domain::Moment;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::{AccountAction, Action, Level, OrganizationAction};
use testkeep_store::audit::{self, AuditEvent};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::csv::{Csv, CsvQuery};
use crate::api::level::ScopePath;
use crate::api::list::{CursorQuery, ListQuery, Page, SeekQuery};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScopeWithInput;
use crate::api::word::{AuditActionWord, LevelWord, Word};
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::exports::record_export;
use crate::{App, Error};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit_events)).routes(routes!(export_audit_events))
}

/// The only order: newest first.
const COLUMNS: [&str; 1] = ["at"];
/// Maximum number of events in one export. For more, export shorter periods.
const EXPORT_MAX: i64 = 100_000;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AuditEventOut {
    /// The event's number in the hash chain.
    pub id: i64,
    pub at: DateTime<Utc>,
    pub actor_id: Option<i64>,
    /// A person's email address, or the name of a stand-in: “console”, “setup link”.
    pub actor: String,
    /// The IP address of the request.
    pub address: Option<String>,
    pub action: AuditActionWord,
    pub level: LevelWord,
    pub scope_id: i64,
    pub target_kind: String,
    pub target_id: Option<i64>,
    pub target_name: String,
    #[schema(value_type = Object)]
    pub details: Value,
    /// SHA-256 over the previous event's hash and this event, hexadecimal.
    pub hash: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    #[param(inline)]
    pub action: Option<AuditAction>,
    /// Who did it: an email address, or a stand-in such as “console”. The whole name.
    #[param(inline)]
    pub actor: Option<String>,
    /// Whom it concerned, or who did it: a person's email address. The whole address.
    #[param(inline)]
    pub person: Option<String>,
    /// RFC 3339, inclusive.
    #[param(value_type = Option<DateTime<Utc>>)]
    pub from: Option<Moment>,
    /// RFC 3339, exclusive.
    #[param(value_type = Option<DateTime<Utc>>)]
    pub to: Option<Moment>,
}

/// Audit events, newest first.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/audit-events", tag = "audit log",
    params(ScopePath, ListQuery, CursorQuery, AuditQuery), responses((status = OK, body = Page<AuditEventOut>), AtScopeWithInput))]
pub(crate) async fn list_audit_events(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    query: SeekQuery,
    UrlQuery(wanted): UrlQuery<AuditQuery>,
) -> Result<Json<Page<AuditEventOut>>, Error> {
    let filter = filter(&app, &caller, place, wanted).await?;
    let list = query.read(&COLUMNS, true)?;
    let total = audit::count_audit_events(&app.db, &filter, &list).await?;
    let rows = audit::list_audit_events(&app.db, &filter, &list).await?;
    Ok(Json(Page::seeked(&list, rows.map(Into::into), total)))
}

/// Audit events as CSV.
#[utoipa::path(get, path = "/api/v2/{level}/{id}/audit-events/export", tag = "audit log",
    params(ScopePath, ListQuery, AuditQuery, CsvQuery), responses((status = OK, content_type = "text/csv"),
    AtScopeWithInput))]
pub(crate) async fn export_audit_events(
    State(app): State<App>,
    caller: Caller,
    UrlPath(place): UrlPath<ScopePath>,
    UrlQuery(query): UrlQuery<ListQuery>,
    UrlQuery(wanted): UrlQuery<AuditQuery>,
    UrlQuery(style): UrlQuery<CsvQuery>,
) -> Result<impl IntoResponse, Error> {
    let filter = filter(&app, &caller, place, wanted).await?;
    let mut list = query.read_all(&COLUMNS)?;
    (list.limit, list.descending) = (EXPORT_MAX, true);
    let head =
        ["number", "at", "actor", "address", "action", "level", "scope_id", "target_kind", "target_id"];
    let mut csv =
        Csv::new("audit-log.csv", style, &[&head[..], &["target_name", "details", "hash"]].concat())?;
    let rows = audit::list_audit_events(&app.db, &filter, &list).await?.rows;
    let level = place.level.into();
    record_export(&app, &caller, (level, place.id), view(level)?, |scope| {
        Event::of(AuditAction::ExportAuditLog, scope).detail("rows", rows.len())
    })
    .await?;
    for row in rows {
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

fn view(level: Level) -> Result<Action, Error> {
    match level {
        Level::Account => Ok(AccountAction::ViewAuditLog.into()),
        Level::Organization => Ok(OrganizationAction::ViewAuditLog.into()),
        Level::Team | Level::Project => Err(Error::NotFound),
    }
}

async fn filter(
    app: &App,
    caller: &Caller,
    place: ScopePath,
    wanted: AuditQuery,
) -> Result<audit::AuditFilter, Error> {
    let level = place.level.into();
    let action = view(level)?;
    let access = caller.access(&app.db, level, place.id).await?;
    access.require(action)?;
    Ok(audit::AuditFilter {
        organization_id: access.scope.organization_id,
        action: wanted.action.map(AuditAction::as_str),
        actor: name(wanted.actor),
        person: name(wanted.person),
        from: wanted.from.map(Moment::time),
        until: wanted.to.map(Moment::time),
    })
}

/// An empty filter filters nothing.
fn name(text: Option<String>) -> Option<String> {
    // PostgreSQL has no text with a NUL, so that none can match.
    let text = text.map(|text| text.trim().replace('\0', "\u{FFFD}")).filter(|text| !text.is_empty())?;
    // Addresses are stored in one spelling.
    Some(EmailAddress::parse(&text).map_or(text, |email| email.as_str().to_owned()))
}

impl From<AuditEvent> for AuditEventOut {
    fn from(row: AuditEvent) -> Self {
        Self {
            id: row.number,
            at: row.at,
            actor_id: row.actor_id,
            actor: row.actor,
            address: row.address,
            action: Word::read(row.action, AuditAction::parse),
            level: Word::read(row.level, Level::parse),
            scope_id: row.scope_id,
            target_kind: row.target_kind,
            target_id: row.target_id,
            target_name: row.target_name,
            // The details are a JSON object; a broken one is shown as its text.
            details: serde_json::from_str(&row.details).unwrap_or(Value::String(row.details)),
            hash: hex::encode(row.hash),
        }
    }
}
