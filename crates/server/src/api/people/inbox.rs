//! `/api/v2/me/inbox`: what happened to the caller, and how far they have read it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use testkeep_domain::Moment;
use testkeep_domain::permission::Level;
use utoipa::{IntoParams, ToSchema};

use crate::api::body::Body;
use crate::api::query::UrlQuery;
use crate::api::word::{LevelWord, Word};
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::ops::people::inbox::{self, ITEMS_MAX, InboxItem, News};
use crate::{App, Error};

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InboxOut {
    /// Newest first, of the last 90 days; at most 100.
    pub items: Vec<InboxItemOut>,
    /// Items that are not read yet, with those beyond `limit`.
    pub unread: usize,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct InboxItemOut {
    /// Unique in this inbox.
    pub id: String,
    pub at: DateTime<Utc>,
    pub unread: bool,
    /// The action of the audit log; or `license_assigned`, `license_expiring`, `session_ended`.
    pub kind: String,
    /// Email address of the person who did it, or the name of a stand-in. Absent when the caller
    /// or no person did it.
    pub actor: Option<String>,
    /// IP address of the request, for sign-ins and changes of the caller's own password.
    pub address: Option<String>,
    pub level: LevelWord,
    pub scope_id: i64,
    /// Absent: the scope was deleted.
    pub scope_name: Option<String>,
    /// Host name of the machine whose session ended.
    pub hostname: Option<String>,
    /// When the license ends.
    pub expires_at: Option<DateTime<Utc>>,
    /// As in the audit log.
    #[schema(value_type = Object)]
    pub details: Map<String, Value>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InboxQuery {
    /// 1 to 100; default: 100.
    pub limit: Option<i64>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct InboxMarkIn {
    /// Everything up to this time is read: the `at` of the newest item that the person saw.
    #[schema(value_type = DateTime<Utc>)]
    pub seen_until: Moment,
}

/// What happened to the caller.
#[utoipa::path(get, path = "/api/v2/me/inbox", tag = "me", params(InboxQuery), responses(
    (status = OK, body = InboxOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
))]
pub(crate) async fn find_inbox(
    State(app): State<App>,
    caller: Caller,
    UrlQuery(query): UrlQuery<InboxQuery>,
) -> Result<Json<InboxOut>, Error> {
    let limit = query.limit.unwrap_or(ITEMS_MAX);
    if !(1..=ITEMS_MAX).contains(&limit) {
        return Err(Error::field("limit", format!("Use 1 to {ITEMS_MAX}.")));
    }
    let found = inbox::read(&app, &caller).await?;
    let is_unread = |item: &InboxItem| found.seen_until.is_none_or(|seen| item.at > seen);
    let unread = found.items.iter().filter(|item| is_unread(item)).count();
    let shown = found.items.iter().take(usize::try_from(limit).map_err(Error::internal)?);
    let items = shown.map(|item| InboxItemOut::new(item.clone(), is_unread(item))).collect();
    Ok(Json(InboxOut { items, unread }))
}

/// Marks the inbox as read.
#[utoipa::path(put, path = "/api/v2/me/inbox", tag = "me", request_body = InboxMarkIn, responses(
    (status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
))]
pub(crate) async fn mark_inbox_read(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<InboxMarkIn>,
) -> Result<StatusCode, Error> {
    inbox::mark_read(&app, &caller, body.seen_until.time()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl InboxItemOut {
    fn new(item: InboxItem, unread: bool) -> Self {
        let (kind, hostname, expires_at) = match item.news {
            News::Event(action) => (action.as_str(), None, None),
            News::LicenseAssigned => ("license_assigned", None, None),
            News::LicenseExpiring { expires_at } => ("license_expiring", None, Some(expires_at)),
            News::SessionEnded { hostname } => ("session_ended", Some(hostname), None),
        };
        Self {
            id: item.key,
            at: item.at,
            unread,
            kind: kind.into(),
            actor: item.actor,
            address: item.address,
            level: Word::read(item.place.level, Level::parse),
            scope_id: item.place.id,
            scope_name: item.place.name,
            hostname,
            expires_at,
            details: item.details,
        }
    }
}
