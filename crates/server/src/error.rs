//! The one error of the server, and the one envelope it leaves in: `{"error":{"code","message","fields"?}}`.
//!
//! A code exists only where a caller acts on it. Internal errors are logged here, once, and leave without detail.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub type Fields = BTreeMap<String, String>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("This does not exist, or you may not see it.")]
    NotFound,
    #[error("Sign in to continue.")]
    Unauthorized,
    #[error("The email address or the password is wrong. Check both and try again.")]
    WrongCredentials,
    #[error("{0}")]
    Forbidden(String),
    #[error("This server is not activated yet. Open it in a browser and import the license file.")]
    ActivationRequired,
    #[error("{0}")]
    Conflict(String),
    /// All seats are taken.
    #[error("{0}")]
    NoSeat(String),
    /// Nothing that would entitle the asker to a seat.
    #[error("{0}")]
    NotLicensed(String),
    /// A licensed program must stop.
    #[error("{0}")]
    SessionEnded(String),
    /// A link that works once has worked.
    #[error("{0}")]
    LinkUsed(String),
    /// Expired, revoked, replaced, unknown.
    #[error("{0}")]
    LinkInvalid(String),
    /// Another account is signed in.
    #[error("{0}")]
    CannotAccept(String),
    #[error("{message}")]
    Invalid { message: String, fields: Fields },
    #[error("{message}")]
    TooMany { message: String, retry_after_seconds: i64 },
    #[error("The server could not finish this. Its log says why; try again, then tell your server admin.")]
    Internal(String),
}

/// What every refused request answers.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// `not_found`, `unauthorized`, `wrong_credentials`, `forbidden`, `activation_required`, `conflict`, `link_used`,
    /// `link_invalid`, `cannot_accept`, `no_seat`, `not_licensed`, `session_ended`, `invalid`, `too_many` or `internal`.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// Field of the request → what is wrong with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: Fields,
}

impl Error {
    /// One field is wrong.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Invalid { message: message.clone(), fields: Fields::from([(name.into(), message)]) }
    }

    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// Of the native envelope; other shapes of the same refusal take the status.
    pub(crate) fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::WrongCredentials => (StatusCode::UNAUTHORIZED, "wrong_credentials"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::ActivationRequired => (StatusCode::FORBIDDEN, "activation_required"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            Self::NoSeat(_) => (StatusCode::CONFLICT, "no_seat"),
            Self::NotLicensed(_) => (StatusCode::FORBIDDEN, "not_licensed"),
            Self::SessionEnded(_) => (StatusCode::GONE, "session_ended"),
            Self::LinkUsed(_) => (StatusCode::GONE, "link_used"),
            Self::LinkInvalid(_) => (StatusCode::GONE, "link_invalid"),
            Self::CannotAccept(_) => (StatusCode::FORBIDDEN, "cannot_accept"),
            Self::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl From<testkeep_store::StoreError> for Error {
    fn from(error: testkeep_store::StoreError) -> Self {
        Self::Internal(format!("database: {error}"))
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Internal(cause) = &self {
            tracing::error!(cause, "request failed");
        }
        let (status, code) = self.status_and_code();
        let message = self.to_string();
        let mut retry_after = None;
        let fields = match self {
            Self::Invalid { fields, .. } => fields,
            Self::TooMany { retry_after_seconds, .. } => {
                retry_after = HeaderValue::from_str(&retry_after_seconds.max(1).to_string()).ok();
                Fields::new()
            }
            _ => Fields::new(),
        };
        let body = ErrorBody { error: ErrorDetail { code: code.into(), message, fields } };
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
