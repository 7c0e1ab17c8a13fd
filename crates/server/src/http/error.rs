//! The server's one error type, and the one envelope of refusals: `{"error":{"code","message","fields"?}}`.
//!
//! A code exists only if a caller acts on it. An error has two texts. `Display` contains the cause; it is for logs and
//! admins. [`Error::message`] contains no cause; it is for the client. Causes are logged here, once.

use std::any::Any;
use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use testkeep_store::{StoreError, Trouble};
use utoipa::ToSchema;

pub(crate) type Fields = BTreeMap<String, String>;

#[derive(Clone, Debug, thiserror::Error)]
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
    /// The person is not entitled to a seat.
    #[error("{0}")]
    NotLicensed(String),
    /// The live license session has ended, so the licensed program must stop.
    #[error("{0}")]
    SessionEnded(String),
    /// The link works once and has been used.
    #[error("{0}")]
    LinkUsed(String),
    /// The link is expired, revoked, replaced or unknown.
    #[error("{0}")]
    LinkInvalid(String),
    /// A person with another account is signed in.
    #[error("{0}")]
    CannotAccept(String),
    /// The page was loaded for another person than the one who is signed in now. The text is the email address of the
    /// latter.
    #[error(
        "{0} is signed in in this browser now, so nothing was done. Reload the page to go on as {0}, or sign in again."
    )]
    OtherAccount(String),
    #[error("{message}")]
    Invalid { message: String, fields: Fields },
    #[error("{message}")]
    TooMany { message: String, retry_after_seconds: i64 },
    #[error("{0}")]
    TooLarge(String),
    /// The database or the disk cannot do the work at the moment; the same request may succeed later.
    #[error("{message} ({cause})")]
    Unavailable { message: &'static str, cause: String },
    /// The text is the cause.
    #[error("{0}")]
    Internal(String),
}

const INTERNAL: &str =
    "The server could not finish this. Its log says why; try again, then tell your server admin.";
/// Seconds after which a client should try an unavailable server again.
const UNAVAILABLE_SECONDS: i64 = 5;

/// The body of every refusal.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ErrorBody {
    pub error: ErrorDetail,
}

#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ErrorDetail {
    /// `not_found`, `unauthorized`, `wrong_credentials`, `forbidden`, `activation_required`, `conflict`, `link_used`,
    /// `link_invalid`, `cannot_accept`, `other_account`, `no_seat`, `not_licensed`, `session_ended`, `invalid`,
    /// `too_large`, `too_many`, `unavailable` or `internal`.
    pub code: String,
    /// What happened, and what to do.
    pub message: String,
    /// Name of the request's field → what is wrong with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: Fields,
}

impl Error {
    /// The error for one wrong field.
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Invalid { message: message.clone(), fields: Fields::from([(name.into(), message)]) }
    }

    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// The error for a word of a stored row that this version does not support: `unknown role in member.role: "x"`.
    pub fn unknown_word(what: &str, place: &str, value: &str) -> Self {
        let value: String = value.chars().take(100).collect();
        Self::Internal(format!("unknown {what} in {place}: {value:?}"))
    }

    /// What happened and what to do, for the client.
    pub fn message(&self) -> String {
        match self {
            Self::Internal(_) => INTERNAL.to_owned(),
            Self::Unavailable { message, .. } => (*message).to_owned(),
            other => other.to_string(),
        }
    }

    /// Logs the cause, which the client does not get.
    pub(crate) fn log(&self) {
        match self {
            Self::Internal(cause) => tracing::error!(cause, "request failed"),
            Self::Unavailable { cause, message } => {
                tracing::error!(cause, message, "request refused for now");
            }
            _ => {}
        }
    }

    /// Seconds after which the client should send the same request again.
    pub(crate) fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooMany { retry_after_seconds, .. } => Some((*retry_after_seconds).max(1)),
            Self::Unavailable { .. } => Some(UNAVAILABLE_SECONDS),
            _ => None,
        }
    }

    /// Status and code of the native envelope; other envelopes of the same refusal use only the status.
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
            Self::OtherAccount(_) => (StatusCode::CONFLICT, "other_account"),
            Self::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::TooMany { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
            Self::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let cause = format!("database: {error}");
        match Trouble::of(&error) {
            Some(trouble) => Self::Unavailable { message: words(trouble), cause },
            None => Self::Internal(cause),
        }
    }
}

/// The message for people who can only wait and inform the admin.
pub(crate) fn words(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::DiskFull { remote: false } => {
            "Nothing can be saved: the server's disk is full. Tell your server admin to free space on it; then everything \
             goes on by itself."
        }
        Trouble::DiskFull { remote: true } => {
            "Nothing can be saved: the database server's disk is full. Tell your server admin to free space on it; then \
             everything goes on by itself."
        }
        Trouble::ReadOnly => {
            "Nothing can be saved: the database only reads at the moment. Tell your server admin; the server's log says \
             why."
        }
        Trouble::Busy => "The database is busy. Try again in a moment.",
        Trouble::Unreachable => {
            "The database does not answer. Try again in a moment; if that does not help, tell your server admin. The \
             server's log says why."
        }
        Trouble::Storage => {
            "The database cannot read or write its files. Tell your server admin to check the disk, its quota and the data \
             folder; the server's log says why."
        }
        Trouble::Damaged => {
            "The database is damaged. Tell your server admin to stop the server and to restore a backup; the server's log \
             says more."
        }
    }
}

/// The answer to a request whose handler panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer gives the panic away")]
pub(crate) fn answer_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
    Error::Internal(format!("panic: {words}")).into_response()
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let (status, code) = self.status_and_code();
        let message = self.message();
        let retry_after = self.retry_after();
        let fields = match self {
            Self::Invalid { fields, .. } => fields,
            _ => Fields::new(),
        };
        let body = ErrorBody { error: ErrorDetail { code: code.into(), message, fields } };
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_answered_like_any_other_failure() {
        async fn far_date() -> Json<()> {
            panic!("a date that is too far")
        }
        let router: Router =
            Router::new().route("/", get(far_date)).layer(CatchPanicLayer::custom(answer_panic));
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body: ErrorBody =
            serde_json::from_slice(&to_bytes(answer.into_body(), 10_000).await.unwrap()).unwrap();
        assert_eq!(body.error.code, "internal");
        assert!(body.error.message.contains("log says why"), "{}", body.error.message);
    }

    #[test]
    fn the_log_gets_the_cause_and_the_asker_does_not() {
        let error = Error::from(StoreError::PoolTimedOut);
        assert!(error.to_string().contains("pool timed out"), "{error}");
        assert!(!error.message().contains("pool"), "{}", error.message());
        assert_eq!(error.status_and_code(), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
        let error = Error::unknown_word("role", "member.role", "chief");
        assert_eq!(error.to_string(), "unknown role in member.role: \"chief\"");
        assert!(error.message().contains("log says why"), "{}", error.message());
    }
}
