//! Refusals for existing clients (client protocol, rule 5): `{timestamp, status, error, message}`, or OAuth's `{error,
//! error_description}` where a client acts on it.
//!
//! Studio shows the message as it is. Internal errors are logged here, once; the answer contains no details.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::date;
use crate::{App, Error};

/// This answer makes older agents request a new token: 401, `invalid_token`, and the word “expired”.
const EXPIRED: &str = "The access token or API key has expired, was revoked or is wrong. Sign in again.";

#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    /// The OAuth error code.
    oauth: Option<&'static str>,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), oauth: None, header: None }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn oauth(status: StatusCode, word: &'static str, message: impl Into<String>) -> Self {
        Self { oauth: Some(word), ..Self::new(status, message) }
    }

    /// The request has no credentials.
    pub(super) fn no_credentials() -> Self {
        let message = "Sign in: send an access token of /oauth/token, or an API key.";
        Self::oauth(StatusCode::UNAUTHORIZED, "unauthorized", message).asking_for("Bearer")
    }

    /// The client program itself did not sign in.
    pub(super) fn unknown_client() -> Self {
        let message = "This client is not known: its own name and secret are wrong or missing.";
        Self::oauth(StatusCode::UNAUTHORIZED, "invalid_client", message).asking_for("Basic realm=\"client\"")
    }

    fn asking_for(self, scheme: &'static str) -> Self {
        Self { header: Some((header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme))), ..self }
    }

    /// The refusal of a request for a token.
    pub(super) fn of_token(error: Error) -> Self {
        let word = match &error {
            Error::WrongCredentials | Error::Unauthorized | Error::Forbidden(_) => "invalid_grant",
            Error::ActivationRequired => "access_denied",
            Error::TooMany { .. } | Error::Unavailable { .. } => "temporarily_unavailable",
            Error::Internal(_) => "server_error",
            _ => "invalid_request",
        };
        let refusal = Self::from(error);
        let status = if word == "invalid_grant" { StatusCode::BAD_REQUEST } else { refusal.status };
        Self { oauth: Some(word), status, ..refusal }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        error.log();
        let message = error.message();
        let retry_after = error.retry_after().map(|seconds| (header::RETRY_AFTER, seconds.into()));
        let (status, _) = error.status_and_code();
        match error {
            Error::Unauthorized => {
                Self::oauth(status, "invalid_token", EXPIRED).asking_for("Bearer error=\"invalid_token\"")
            }
            Error::WrongCredentials => Self::oauth(status, "unauthorized", message).asking_for("Bearer"),
            Error::Invalid { .. } => Self::bad_request(message),
            _ => Self { header: retry_after, ..Self::new(status, message) },
        }
    }
}

impl From<BytesRejection> for Refusal {
    fn from(error: BytesRejection) -> Self {
        Self::new(error.status(), error.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Writes the body of a refusal. Only here the time is available.
pub(super) async fn render(State(app): State<App>, mut response: Response) -> Response {
    let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
    let Refusal { status, message, oauth, header } = refusal;
    let body = match oauth {
        Some(word) => json!({ "error": word, "error_description": message }),
        None => json!({
            "timestamp": date(app.clock.now()),
            "status": status.as_u16(),
            "error": status.canonical_reason().unwrap_or_default(),
            "message": message,
        }),
    };
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().extend(header);
    response
}

/// The fallback of every route.
pub(super) async fn wrong_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "This address does not support this method.")
}

/// For paths of the protocol that this server does not implement.
pub(super) async fn nothing_here(uri: Uri) -> Refusal {
    let path: String = uri.path().chars().take(100).collect();
    Refusal::new(StatusCode::NOT_FOUND, format!("This server has nothing at {path}."))
}
