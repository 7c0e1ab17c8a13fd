//! `/api/v2/sessions`: sign-in and sign-out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use utoipa::ToSchema;

use super::body::Body;
use super::types::UserOut;
use crate::auth::{COOKIE, Caller, ClientAddress, SESSION_LIFETIME};
use crate::error::ErrorBody;
use crate::ops::sessions::{self, SessionKind, SignIn};
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub struct SignInIn {
    pub email: String,
    #[schema(value_type = String)]
    pub password: Secret,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct SignInOut {
    /// For `Authorization: Bearer`; browsers use the cookie that comes with it.
    pub token: String,
    pub user: UserOut,
}

/// Signs in: sets the cookie and returns a bearer token.
#[utoipa::path(post, path = "/api/v2/sessions", tag = "sessions", request_body = SignInIn, responses(
    (status = CREATED, body = SignInOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = TOO_MANY_REQUESTS, body = ErrorBody),
))]
pub async fn create_session(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Body(body): Body<SignInIn>,
) -> Result<(StatusCode, CookieJar, Json<SignInOut>), Error> {
    let user_agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let request = SignIn {
        kind: SessionKind::Person,
        email: body.email,
        password: body.password,
        address,
        user_agent: user_agent.to_owned(),
    };
    let signed_in = sessions::sign_in(&app, request).await?;
    let jar = jar.add(session_cookie(&app, signed_in.token.clone()));
    let body = SignInOut { token: signed_in.token, user: signed_in.user.into() };
    Ok((StatusCode::CREATED, jar, Json(body)))
}

/// Ends the session that asks.
#[utoipa::path(delete, path = "/api/v2/sessions/current", tag = "sessions", responses(
    (status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub async fn delete_current_session(
    State(app): State<App>,
    caller: Caller,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), Error> {
    sessions::sign_out(&app, &caller).await?;
    let mut cookie = session_cookie(&app, String::new());
    cookie.make_removal();
    Ok((StatusCode::NO_CONTENT, jar.add(cookie)))
}

fn session_cookie(app: &App, token: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(COOKIE, token);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(app.config.server_url.is_https());
    cookie.set_max_age(time::Duration::seconds(SESSION_LIFETIME.num_seconds()));
    cookie
}
