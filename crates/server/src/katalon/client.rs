//! Finds the caller of a client's request (client protocol, rule 2): by everything the native API accepts, or by email
//! address and password as HTTP Basic. The password is checked by the same sign-in as everywhere, with its limits.

use std::ops::Deref;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use testkeep_domain::Secret;

use super::error::Refusal;
use crate::identity::auth::{API_KEY_PREFIX, Caller, ClientAddress};
use crate::identity::client_token;
use crate::ops::people::sessions;
use crate::ops::people::sign_in_request::{SessionKind, SignIn};
use crate::{App, Error};

/// A signed-in client, as [`Caller`].
pub(super) struct Client(pub(super) Caller);

impl Deref for Client {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let was_asked = parts.headers.contains_key(header::AUTHORIZATION);
        if let Some((email, password)) = basic(&parts.headers)
            && !email.is_empty()
            && !password.starts_with(API_KEY_PREFIX)
        {
            let request = sign_in_of(app, parts, email, password).await?;
            let signed_in = sessions::sign_in(app, request).await?;
            let found = client_token::find_by_refresh(app, &signed_in.token).await?;
            let found = found.ok_or(Error::Unauthorized)?;
            set_bearer_token(parts, &client_token::access_token(app, found.session_id, &found.token_hash))?;
        }
        let caller = <Caller as OptionalFromRequestParts<App>>::from_request_parts(parts, app).await?;
        match caller {
            Some(caller) => Ok(Self(caller)),
            None if was_asked => Err(Error::Unauthorized.into()),
            None => Err(Refusal::no_credentials()),
        }
    }
}

async fn sign_in_of(
    app: &App,
    parts: &mut Parts,
    email: String,
    password: String,
) -> Result<SignIn, Refusal> {
    let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
    let user_agent = user_agent(&parts.headers).to_owned();
    let (kind, password) = (SessionKind::Program, Secret::new(password));
    Ok(SignIn { kind, email, password, address, user_agent, device: None, replaces: None })
}

/// Puts a token into the header where the native API expects it.
pub(super) fn set_bearer_token(parts: &mut Parts, token: &str) -> Result<(), Refusal> {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| Error::Unauthorized)?;
    parts.headers.insert(header::AUTHORIZATION, value);
    Ok(())
}

/// User and password from HTTP Basic.
pub(super) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    let bytes = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(credentials.trim()).ok())??;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

pub(super) fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
