//! Finds the caller of a request: by a session token from the cookie or the `Authorization` header, by an API key, or
//! by a program's access token.
//!
//! A request that changes data and authenticates by cookie must come from our own pages.

use std::net::IpAddr;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use testkeep_domain::ServerUrl;
use testkeep_store::people::api_key::{self, ApiKeyUser};
use testkeep_store::people::session::{self, SessionUser};
use testkeep_store::people::user;

pub(crate) use crate::http::address::ClientAddress;
use crate::http::origin;
use crate::identity::client_token;
use crate::identity::lifetime::SESSION_IDLE;
use crate::identity::token::hash_token;
use crate::{App, Error};

/// The start of the cookie's name; [`cookie_name`] returns the whole name.
pub const SESSION_COOKIE: &str = "testkeep_session";
/// A request writes `last_used_at` only if the stored time is older than this.
pub(super) const USED_RESOLUTION: Duration = Duration::minutes(5);

/// The start of every API key, so that scanners recognize a leaked key.
pub(crate) const API_KEY_PREFIX: &str = "tkk_";

/// Header in which our pages send the id of the user they were loaded for. Another tab may have signed in as another
/// person since, with the same cookie.
const MADE_FOR: &str = "x-testkeep-user";

/// A signed-in person, or a program with an API key of that person.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user_id: i64,
    pub email: String,
    /// `None` for a program with an API key.
    pub session_id: Option<i64>,
    pub address: IpAddr,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let caller = <Self as OptionalFromRequestParts<App>>::from_request_parts(parts, app).await?;
        caller.ok_or(Error::Unauthorized)
    }
}

impl OptionalFromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Error> {
        let Some(token) = presented_token(parts, app)? else { return Ok(None) };
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        if token.starts_with(API_KEY_PREFIX) {
            by_api_key(app, &token, address).await
        } else if token.starts_with(client_token::ACCESS) {
            match client_token::find_by_access(app, &token).await? {
                Some(found) => caller_of(app, found, address).await.map(Some),
                None => Ok(None),
            }
        } else {
            let caller = by_session(app, &token, address).await?;
            caller.map(|caller| require_made_for(&parts.headers, caller)).transpose()
        }
    }
}

fn require_made_for(headers: &HeaderMap, caller: Caller) -> Result<Caller, Error> {
    match headers.get(MADE_FOR) {
        Some(id) if id.as_bytes() != caller.user_id.to_string().as_bytes() => {
            Err(Error::OtherAccount(caller.email))
        }
        _ => Ok(caller),
    }
}

async fn by_session(app: &App, token: &str, address: IpAddr) -> Result<Option<Caller>, Error> {
    let now = app.clock.now();
    let found = session::find_session(&app.db, &hash_token(token), now, now - SESSION_IDLE).await?;
    let Some(session) = found else { return Ok(None) };
    caller_of(app, session, address).await.map(Some)
}

async fn caller_of(app: &App, session: SessionUser, address: IpAddr) -> Result<Caller, Error> {
    let now = app.clock.now();
    if session.last_used_at < now - USED_RESOLUTION {
        let mut tx = app.db.begin().await?;
        // The user is written first, as everywhere, so that two requests cannot deadlock.
        user::update_last_access(&mut tx, session.user_id, now).await?;
        session::update_session_used(&mut tx, session.session_id, now).await?;
        tx.commit().await?;
    }
    let SessionUser { session_id, user_id, email, .. } = session;
    Ok(Caller { user_id, email, session_id: Some(session_id), address })
}

async fn by_api_key(app: &App, token: &str, address: IpAddr) -> Result<Option<Caller>, Error> {
    let now = app.clock.now();
    let token_hash = hash_token(token);
    let found = api_key::find_api_key_user(&app.db, &token_hash, now).await?;
    let Some(key) = found else { return Ok(None) };
    let mut used_at = key.last_used_at;
    if used_at.is_none_or(|used| used < now - USED_RESOLUTION) {
        let mut tx = app.db.begin().await?;
        user::update_last_access(&mut tx, key.user_id, now).await?;
        api_key::update_api_key_used(&mut tx, key.id, &address.to_string(), now).await?;
        tx.commit().await?;
        used_at = Some(now);
    }
    app.known_keys.keep(token_hash, key.clone(), used_at.unwrap_or(now));
    Ok(Some(Caller::of_key(key, address)))
}

impl Caller {
    /// The caller with an API key that holds.
    pub(super) fn of_key(key: ApiKeyUser, address: IpAddr) -> Self {
        Self { user_id: key.user_id, email: key.email, session_id: None, address }
    }

    /// Returns the session's id, for actions whose effect would outlive the revocation of an API key.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a program with an API key.
    pub fn session(&self) -> Result<i64, Error> {
        self.session_id
            .ok_or_else(|| Error::Forbidden("An API key may not do this. Sign in with your password.".into()))
    }
}

/// The whole name of a cookie. Over https the prefix `__Host-` makes browsers protect the cookie from other hosts and
/// pages. Cookies ignore ports, so over http the name contains the port: without it, two servers on one host would end
/// each other's sessions.
pub fn cookie_name(server_url: &ServerUrl, name: &str) -> String {
    if server_url.is_https() { format!("__Host-{name}") } else { format!("{name}_{}", server_url.port()) }
}

fn presented_token(parts: &Parts, app: &App) -> Result<Option<String>, Error> {
    if let Some(token) = key_of_program(&parts.headers) {
        return Ok(Some(token));
    }
    let jar = CookieJar::from_headers(&parts.headers);
    let Some(cookie) = jar.get(&cookie_name(&app.config.server_url, SESSION_COOKIE)) else { return Ok(None) };
    origin::require_own_page(&parts.method, &parts.headers, app)?;
    // A cookie may hold only a session token; keys and access tokens belong to programs.
    let of_a_program =
        |token: &String| token.starts_with(API_KEY_PREFIX) || token.starts_with(client_token::ACCESS);
    Ok(Some(cookie.value().to_owned()).filter(|token| !of_a_program(token)))
}

/// The token of a program, which comes before any cookie.
pub(super) fn key_of_program(headers: &HeaderMap) -> Option<String> {
    bearer(headers).map(str::to_owned).or_else(|| basic_api_key(headers))
}

/// HTTP Basic with an API key as the password (client protocol, rule 2). The key alone identifies the person.
fn basic_api_key(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    let bytes = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(credentials.trim()).ok())??;
    let text = String::from_utf8(bytes).ok()?;
    let (_user, key) = text.split_once(':')?;
    key.starts_with(API_KEY_PREFIX).then(|| key.to_owned())
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
