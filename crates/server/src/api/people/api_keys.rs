//! `/api/v2/me/api-keys`: the keys with which programs sign in for a person.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use testkeep_store::people::api_key::{self, ApiKey};
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::list::Page;
use crate::api::path::UrlPath;
use crate::api::refusals::AtScope;
use crate::http::error::ErrorBody;
use crate::identity::auth::Caller;
use crate::ops::people::api_keys;
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ApiKeyIn {
    /// 1 to 100 characters.
    pub name: String,
    /// 1 to 3650; absent: the key works until it is revoked.
    pub expires_in_days: Option<i64>,
    /// The caller's own password, required when the sign-in is older than 10 minutes. Without it the answer is 422 with
    /// the field `password`.
    #[schema(value_type = Option<String>)]
    pub password: Option<Secret>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ApiKeyOut {
    pub id: i64,
    pub name: String,
    /// The first characters of the key, to tell keys apart.
    pub start: String,
    pub created_at: DateTime<Utc>,
    /// With a resolution of five minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The IP address of the last use, with the same resolution.
    pub last_used_address: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct CreatedApiKeyOut {
    #[serde(flatten)]
    pub api_key: ApiKeyOut,
    /// The whole key. It is shown only once.
    pub key: String,
}

/// The caller's own API keys, newest first. Needs a session.
#[utoipa::path(get, path = "/api/v2/me/api-keys", tag = "me", responses(
    (status = OK, body = Page<ApiKeyOut>), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody),
))]
pub(crate) async fn list_api_keys(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Page<ApiKeyOut>>, Error> {
    caller.session()?;
    let rows = api_key::list_api_keys(&app.db, caller.user_id).await?;
    let items: Vec<ApiKeyOut> = rows.into_iter().map(Into::into).collect();
    Ok(Json(Page::of_all(items)))
}

/// Makes an API key. Only this answer contains it. Needs a session.
#[utoipa::path(post, path = "/api/v2/me/api-keys", tag = "me", request_body = ApiKeyIn, responses(
    (status = CREATED, body = CreatedApiKeyOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = CONFLICT, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody), (status = TOO_MANY_REQUESTS, body = ErrorBody),
))]
pub(crate) async fn create_api_key(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<ApiKeyIn>,
) -> Result<(StatusCode, Json<CreatedApiKeyOut>), Error> {
    let ApiKeyIn { name, expires_in_days, password } = body;
    let created = api_keys::create_api_key(&app, &caller, &name, expires_in_days, password.as_ref()).await?;
    let body = CreatedApiKeyOut { api_key: created.row.into(), key: created.key };
    Ok((StatusCode::CREATED, Json(body)))
}

/// Revokes one of the caller's own API keys at once. Needs a session.
#[utoipa::path(delete, path = "/api/v2/me/api-keys/{id}", tag = "me", params(("id" = i64, Path)),
    responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn delete_api_key(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<StatusCode, Error> {
    api_keys::revoke_api_key(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ApiKey> for ApiKeyOut {
    fn from(row: ApiKey) -> Self {
        let ApiKey { id, name, start, created_at, last_used_at, last_used_address, expires_at } = row;
        Self { id, name, start, created_at, last_used_at, last_used_address, expires_at }
    }
}
