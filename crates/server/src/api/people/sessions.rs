//! `/api/v2/sessions`: sign-in and sign-out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use testkeep_domain::Secret;
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::types::UserOut;
use crate::http::error::ErrorBody;
use crate::http::origin;
use crate::identity::auth::{Caller, ClientAddress, SESSION_COOKIE, cookie_name};
use crate::identity::device::{self, DEVICE_COOKIE, DEVICE_LIFETIME};
use crate::identity::lifetime::SESSION_LIFETIME;
use crate::ops::people::sessions::{self, SignedIn};
use crate::ops::people::sign_in_request::{SessionKind, SignIn};
use crate::{App, Error};

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SignInIn {
    pub email: String,
    #[schema(value_type = String)]
    pub password: Secret,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct SignInOut {
    /// For `Authorization: Bearer`; browsers use the cookie that is set with the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    pub user: UserOut,
}

/// Signs in: sets the cookies and returns a bearer token. The session of the former cookie ends.
#[utoipa::path(post, path = "/api/v2/sessions", tag = "sessions", request_body = SignInIn, responses(
    (status = CREATED, body = SignInOut), (status = UNAUTHORIZED, body = ErrorBody),
    (status = FORBIDDEN, body = ErrorBody), (status = TOO_MANY_REQUESTS, body = ErrorBody),
))]
pub(crate) async fn create_session(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Body(body): Body<SignInIn>,
) -> Result<(StatusCode, CookieJar, Json<SignInOut>), Error> {
    origin::require_page_for_sign_in(&headers, &app)?;
    let request = SignIn {
        kind: SessionKind::Person,
        email: body.email,
        password: body.password,
        address,
        user_agent: user_agent(&headers),
        replaces: former_session(&app, &jar),
        device: known_device(&app, &jar),
    };
    let opened = sessions::sign_in(&app, request).await?;
    signed_in(&app, &headers, jar, opened)
}

/// The answer to every kind of sign-in.
pub(in crate::api) fn signed_in(
    app: &App,
    headers: &HeaderMap,
    jar: CookieJar,
    SignedIn { token, user }: SignedIn,
) -> Result<(StatusCode, CookieJar, Json<SignInOut>), Error> {
    let jar = remember_device(app, jar, user.id)?;
    let jar = jar.add(session_cookie(app, token.clone()));
    // Our pages use the cookie. Without the token, a malicious script in a page cannot read the session.
    let token = (!origin::is_page(headers)).then_some(token);
    Ok((StatusCode::CREATED, jar, Json(SignInOut { token, user: user.into() })))
}

pub(in crate::api) fn user_agent(headers: &HeaderMap) -> String {
    let value = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}

/// The session token that the browser has now.
pub(in crate::api) fn former_session(app: &App, jar: &CookieJar) -> Option<String> {
    let cookie = jar.get(&cookie_name(&app.config.server_url, SESSION_COOKIE))?;
    Some(cookie.value().to_owned())
}

/// Ends the session of the request.
#[utoipa::path(delete, path = "/api/v2/sessions/current", tag = "sessions", responses(
    (status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody),
))]
pub(crate) async fn delete_current_session(
    State(app): State<App>,
    caller: Caller,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), Error> {
    sessions::sign_out(&app, &caller).await?;
    let mut cookie = session_cookie(&app, String::new());
    cookie.make_removal();
    Ok((StatusCode::NO_CONTENT, jar.add(cookie)))
}

fn known_device(app: &App, jar: &CookieJar) -> Option<String> {
    jar.get(&cookie_name(&app.config.server_url, DEVICE_COOKIE)).map(|cookie| cookie.value().to_owned())
}

/// Makes this browser a known device of the person.
pub(in crate::api) fn remember_device(app: &App, jar: CookieJar, user_id: i64) -> Result<CookieJar, Error> {
    let value = device::renew(app, known_device(app, &jar).as_deref(), user_id, app.clock.now())?;
    let mut cookie = cookie(app, DEVICE_COOKIE, value);
    cookie.set_max_age(time::Duration::seconds(DEVICE_LIFETIME.num_seconds()));
    Ok(jar.add(cookie))
}

fn session_cookie(app: &App, token: String) -> Cookie<'static> {
    let mut cookie = cookie(app, SESSION_COOKIE, token);
    cookie.set_max_age(time::Duration::seconds(SESSION_LIFETIME.num_seconds()));
    cookie
}

fn cookie(app: &App, name: &str, value: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(cookie_name(&app.config.server_url, name), value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(app.config.server_url.is_https());
    cookie
}
