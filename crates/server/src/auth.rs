//! Who is asking: session tokens from the cookie or the `Authorization` header, API keys and programs' access tokens in
//! place of them, and where the request came from.
//!
//! A request that changes something and authenticates by cookie must come from our own pages. Must never trust a
//! forwarding header unless the peer is a configured proxy.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use ipnet::IpNet;
use testkeep_store::session::{self, SessionUser};
use testkeep_store::{api_key, user};
use url::Url;

use crate::token::hash_token;
use crate::{App, Error, client_token};

pub const COOKIE: &str = "testkeep_session";
/// A session ends this long after sign-in …
pub const SESSION_LIFETIME: Duration = Duration::days(30);
/// … or this long after its last request.
pub const SESSION_IDLE: Duration = Duration::days(7);
/// How stale `last_used_at` may get before a request writes it.
const USED_RESOLUTION: Duration = Duration::minutes(5);

/// What every API key begins with, so that one is recognized wherever it leaks.
pub const API_KEY_PREFIX: &str = "tkk_";

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Caller {
    pub user_id: i64,
    pub email: String,
    /// `None`: a program with an API key.
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
            by_session(app, &token, address).await
        }
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
        // The person first, as everywhere: two requests must not wait for each other.
        user::update_last_access(&mut tx, session.user_id, now).await?;
        session::update_session_used(&mut tx, session.session_id, now).await?;
        tx.commit().await?;
    }
    let SessionUser { session_id, user_id, email, .. } = session;
    Ok(Caller { user_id, email, session_id: Some(session_id), address })
}

async fn by_api_key(app: &App, token: &str, address: IpAddr) -> Result<Option<Caller>, Error> {
    let now = app.clock.now();
    let found = api_key::find_api_key_user(&app.db, &hash_token(token), now).await?;
    let Some(key) = found else { return Ok(None) };
    if key.last_used_at.is_none_or(|used| used < now - USED_RESOLUTION) {
        let mut tx = app.db.begin().await?;
        user::update_last_access(&mut tx, key.user_id, now).await?;
        api_key::update_api_key_used(&mut tx, key.id, now).await?;
        tx.commit().await?;
    }
    Ok(Some(Caller { user_id: key.user_id, email: key.email, session_id: None, address }))
}

impl Caller {
    /// For what an API key may not do: what would outlive its revocation.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a program with an API key.
    pub fn session(&self) -> Result<i64, Error> {
        self.session_id
            .ok_or_else(|| Error::Forbidden("An API key may not do this. Sign in with your password.".into()))
    }
}

fn presented_token(parts: &Parts, app: &App) -> Result<Option<String>, Error> {
    if let Some(token) = bearer(&parts.headers) {
        return Ok(Some(token.to_owned()));
    }
    if let Some(key) = basic_api_key(&parts.headers) {
        return Ok(Some(key));
    }
    let jar = CookieJar::from_headers(&parts.headers);
    let Some(cookie) = jar.get(COOKIE) else { return Ok(None) };
    if !is_read(&parts.method) && !is_same_origin(&parts.headers, app) {
        return Err(Error::Forbidden(
            "This request came from another site, so it was refused. Open Testkeep itself and try again."
                .into(),
        ));
    }
    // A cookie holds a session; keys belong to programs.
    let of_a_program =
        |token: &String| token.starts_with(API_KEY_PREFIX) || token.starts_with(client_token::ACCESS);
    Ok(Some(cookie.value().to_owned()).filter(|token| !of_a_program(token)))
}

/// Basic with an API key as the password (client protocol, rule 2); the key alone says whose it is.
fn basic_api_key(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    let bytes = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(credentials.trim()).ok())??;
    let text = String::from_utf8(bytes).ok()?;
    let (_user, key) = text.split_once(':')?;
    key.starts_with(API_KEY_PREFIX).then(|| key.to_owned())
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`. Programs say neither.
fn is_same_origin(headers: &HeaderMap, app: &App) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else { return false };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    origin.authority() == host || origin.origin().ascii_serialization() == app.config.server_url.as_str()
}

/// The address a request came from, seen through trusted proxies only.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let ConnectInfo(peer) = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .ok_or_else(|| Error::internal("no peer address"))?;
        let forwarded =
            parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        Ok(Self(client_address(peer.ip(), forwarded, &app.config.trusted_proxies)))
    }
}

/// The rightmost address that is not one of our proxies; each proxy appends the peer it saw.
fn client_address<'a>(peer: IpAddr, forwarded: impl Iterator<Item = &'a str>, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let hops: Vec<&str> = forwarded.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = peer.to_canonical();
    for hop in hops.iter().rev() {
        if !is_trusted(&client) {
            break;
        }
        let Ok(address) = hop.parse::<IpAddr>() else { break };
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), forwarded.iter().copied(), &trusted).to_string()
    }

    #[test]
    fn believes_only_trusted_proxies() {
        assert_eq!(seen("10.0.0.9", &["1.2.3.4"], &[]), "10.0.0.9");
        assert_eq!(seen("10.0.0.9", &["1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.9", &["6.6.6.6, 1.2.3.4, 10.0.0.2"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.9", &["6.6.6.6", "1.2.3.4"], &["10.0.0.0/8"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.9", &["nonsense"], &["10.0.0.0/8"]), "10.0.0.9");
        assert_eq!(seen("::ffff:10.0.0.9", &[], &[]), "10.0.0.9");
    }
}
