//! `/api/v2/sign-in-links`: from the desktop window to a browser on the same machine, signed in.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::people::sessions::{SignInOut, former_session, signed_in, user_agent};
use crate::http::error::ErrorBody;
use crate::http::origin;
use crate::identity::auth::{Caller, ClientAddress};
use crate::ops::people::sign_in_links::{self, Visitor};
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SignInLinkOut {
    /// Opens the browser signed in, once, on the server machine.
    pub url: String,
    pub expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SignInLinkIn {
    #[schema(value_type = String)]
    pub token: Secret,
}

/// Makes a link that signs in a browser on the server machine as the caller. It works once, for a minute.
#[utoipa::path(post, path = "/api/v2/sign-in-links", tag = "sessions", responses(
    (status = CREATED, body = SignInLinkOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody),
))]
pub(crate) async fn create_sign_in_link(
    State(app): State<App>,
    caller: Caller,
) -> Result<(StatusCode, Json<SignInLinkOut>), Error> {
    let link = sign_in_links::create(&app, &caller).await?;
    Ok((StatusCode::CREATED, Json(SignInLinkOut { url: link.url, expires_at: link.expires_at })))
}

/// Signs in with a link: sets the cookies. The session of the former cookie ends.
#[utoipa::path(post, path = "/api/v2/sign-in-links/follow", tag = "sessions", request_body = SignInLinkIn, responses(
    (status = CREATED, body = SignInOut), (status = FORBIDDEN, body = ErrorBody), (status = GONE, body = ErrorBody),
))]
pub(crate) async fn follow_sign_in_link(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Body(body): Body<SignInLinkIn>,
) -> Result<(StatusCode, CookieJar, Json<SignInOut>), Error> {
    origin::require_page_for_sign_in(&headers, &app)?;
    let visitor = Visitor { address, user_agent: user_agent(&headers), replaces: former_session(&app, &jar) };
    let opened = sign_in_links::follow(&app, body.token.expose(), visitor).await?;
    signed_in(&app, &headers, jar, opened)
}
