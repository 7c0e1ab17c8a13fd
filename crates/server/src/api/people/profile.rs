//! `/api/v2/me/…`: changes to the caller's own account. `GET /api/v2/me` itself is in `me`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use testkeep_store::people::session::{self, Session};
use testkeep_store::people::user::UserPatch;
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::list::Page;
use crate::api::path::UrlPath;
use crate::api::people::me::{MeOut, show_me};
use crate::api::refusals::AtScope;
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::identity::lifetime::SESSION_IDLE;
use crate::ops::people::profile;
use crate::{App, Error};

/// Absent fields do not change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProfilePatchIn {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// Language tag for the screens; empty: the browser's language.
    pub language: Option<String>,
    /// IANA name; empty: the browser's time zone.
    pub time_zone: Option<String>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct PasswordChangeIn {
    #[schema(value_type = String)]
    pub current_password: Secret,
    /// At least 8 characters, at most 256 bytes.
    #[schema(value_type = String)]
    pub new_password: Secret,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SessionOut {
    pub id: i64,
    pub created_at: DateTime<Utc>,
    /// With a resolution of five minutes.
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// The IP address of the sign-in.
    pub address: String,
    /// The name that the browser or program sent at sign-in.
    pub user_agent: String,
    /// The session of this request.
    pub current: bool,
}

/// Changes the caller's own names, language or time zone.
#[utoipa::path(patch, path = "/api/v2/me", tag = "me", request_body = ProfilePatchIn, responses(
    (status = OK, body = MeOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
))]
pub(crate) async fn update_me(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<ProfilePatchIn>,
) -> Result<Json<MeOut>, Error> {
    let ProfilePatchIn { first_name, last_name, language, time_zone } = body;
    let patch = UserPatch { first_name, last_name, language, time_zone };
    profile::update_profile(&app, &caller, patch).await?;
    show_me(&app, &caller).await.map(Json)
}

/// Changes the caller's own password. Every other session ends. Needs a session.
#[utoipa::path(post, path = "/api/v2/me/password", tag = "me", request_body = PasswordChangeIn, responses(
    (status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody), (status = UNPROCESSABLE_ENTITY, body = ErrorBody),
    (status = TOO_MANY_REQUESTS, body = ErrorBody),
))]
pub(crate) async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<PasswordChangeIn>,
) -> Result<StatusCode, Error> {
    profile::change_password(&app, &caller, &body.current_password, &body.new_password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's own sessions, last used first. Needs a session.
#[utoipa::path(get, path = "/api/v2/me/sessions", tag = "me", responses(
    (status = OK, body = Page<SessionOut>), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody),
))]
pub(crate) async fn list_sessions(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Page<SessionOut>>, Error> {
    let current = caller.session()?;
    let now = app.clock.now();
    let rows = session::list_sessions(&app.db, caller.user_id, now, now - SESSION_IDLE).await?;
    let items: Vec<_> = rows.into_iter().map(|row| session_out(row, current)).collect();
    Ok(Json(Page::of_all(items)))
}

/// Ends one of the caller's own sessions. Needs a session.
#[utoipa::path(delete, path = "/api/v2/me/sessions/{id}", tag = "me", params(("id" = i64, Path)),
    responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn delete_session(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<StatusCode, Error> {
    profile::end_session(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of the caller's own sessions except the session of the request. Needs a session.
#[utoipa::path(delete, path = "/api/v2/me/sessions", tag = "me", responses(
    (status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody), (status = FORBIDDEN, body = ErrorBody),
))]
pub(crate) async fn delete_other_sessions(
    State(app): State<App>,
    caller: Caller,
) -> Result<StatusCode, Error> {
    profile::end_other_sessions(&app, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(in crate::api) fn session_out(row: Session, current: i64) -> SessionOut {
    let Session { id, created_at, last_used_at, expires_at, address, user_agent } = row;
    SessionOut { id, created_at, last_used_at, expires_at, address, user_agent, current: id == current }
}
