//! `POST /oauth/token` (client protocol, rules 2 and 3): password and refresh grants.
//!
//! The password is checked by the same sign-in as everywhere. An API key in its place is returned as the access token:
//! it is one already, and no new token needs to be revoked.

use axum::Json;
use axum::extract::FromRequest as _;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use testkeep_domain::Secret;

use super::client::{basic, user_agent};
use super::error::Refusal;
use super::parameters::{FormParameters, Parameters};
use crate::identity::auth::{API_KEY_PREFIX, ClientAddress};
use crate::identity::client_token;
use crate::identity::lifetime::ACCESS_LIFETIME;
use crate::identity::token::hash_token;
use crate::ops::people::sessions;
use crate::ops::people::sign_in_request::{SessionKind, SignIn};
use crate::{App, Error};

/// The fixed names of public clients; each is its own secret.
const CLIENTS: [&str; 2] = ["kit_uploader", "kit"];

pub(super) async fn create_token(
    State(app): State<App>,
    request: Request,
) -> Result<impl IntoResponse, Refusal> {
    let (mut parts, body) = request.into_parts();
    let is_known = basic(&parts.headers)
        .is_some_and(|(name, secret)| name == secret && CLIENTS.contains(&name.as_str()));
    if !is_known {
        return Err(Refusal::unknown_client());
    }
    let ClientAddress(address) = ClientAddress::from_request_parts(&mut parts, &app).await?;
    let user_agent = user_agent(&parts.headers).to_owned();
    let request = Request::from_parts(parts, body);
    let FormParameters(form) = FormParameters::from_request(request, &app).await?;
    let answer = match form.text("grant_type") {
        Some("password") => match required(&form, "password")? {
            key if key.starts_with(API_KEY_PREFIX) => of_api_key(&app, key).await?,
            password => {
                let (email, password) = (form.text_or_empty("username").to_owned(), Secret::new(password));
                let kind = SessionKind::Program;
                let request =
                    SignIn { kind, email, password, address, user_agent, device: None, replaces: None };
                let signed_in = sessions::sign_in(&app, request).await.map_err(Refusal::of_token)?;
                of_session(&app, &signed_in.token).await?
            }
        },
        Some("refresh_token") => match required(&form, "refresh_token")? {
            key if key.starts_with(API_KEY_PREFIX) => of_api_key(&app, key).await?,
            refresh => of_session(&app, refresh).await?,
        },
        Some(_) => return Err(refuse("unsupported_grant_type", "Use the grant password or refresh_token.")),
        None => return Err(refuse("invalid_request", "grant_type is missing.")),
    };
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(answer)))
}

fn refuse(word: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::oauth(StatusCode::BAD_REQUEST, word, message)
}

fn required<'a>(form: &'a Parameters, name: &str) -> Result<&'a str, Refusal> {
    form.text(name).ok_or_else(|| refuse("invalid_request", format!("{name} is missing.")))
}

async fn of_session(app: &App, refresh: &str) -> Result<Value, Refusal> {
    let session = sessions::renew_program(app, refresh).await.map_err(|error| match error {
        Error::Unauthorized => refuse(
            "invalid_grant",
            "The refresh token has expired or was revoked. Sign in with the password.",
        ),
        other => Refusal::of_token(other),
    })?;
    let (id, hash) = (session.session_id, session.token_hash);
    let access = client_token::access_token(app, id, &hash);
    let refresh = client_token::refresh_token(app, id, &hash, app.clock.now());
    Ok(tokens(&access, &refresh, ACCESS_LIFETIME.num_seconds()))
}

async fn of_api_key(app: &App, key: &str) -> Result<Value, Refusal> {
    let now = app.clock.now();
    let found = testkeep_store::people::api_key::find_api_key_user(&app.db, &hash_token(key), now).await;
    let found = found.map_err(|error| Refusal::of_token(error.into()))?;
    let found = found.ok_or_else(|| {
        refuse("invalid_grant", "The API key has expired, was revoked or is wrong. Use another.")
    })?;
    let left = found.expires_at.map_or(ACCESS_LIFETIME, |until| (until - now).min(ACCESS_LIFETIME));
    Ok(tokens(key, key, left.num_seconds()))
}

fn tokens(access: &str, refresh: &str, seconds: i64) -> Value {
    json!({
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "bearer",
        "expires_in": seconds,
        "scope": "read write",
    })
}
