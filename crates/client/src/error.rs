//! Why a request failed: a seat was not given, kept or returned, or an upload not received. Every message says what happened and what to do.

use std::time::Duration;

use testkeep_domain::ServerUrl;
use testkeep_domain::lease::LeaseError;

use crate::http::Answer;
use crate::wire::ErrorBody;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    #[error("The client cannot be set up: {reason}.")]
    Setup { reason: String },
    #[error("{server} cannot be reached: {reason}.")]
    Unreachable { server: ServerUrl, reason: String },
    /// The certificate does not prove that the other side is the server, so nothing was sent.
    #[error("{server} is not trusted: {problem}.")]
    Certificate { server: ServerUrl, problem: String },
    #[error(
        "{server} sends on to {to}. The API key goes to the server you name alone: name that one, if you trust it."
    )]
    Redirected { server: ServerUrl, to: String },
    /// The answer is not one of a working Testkeep server.
    #[error("{server} did not answer as expected ({problem}). Check the address, or try again later.")]
    Unexpected { server: ServerUrl, problem: String },
    /// `too_many`
    #[error("{message}")]
    TooMany { message: String, retry_after: Option<Duration> },
    /// `unauthorized`
    #[error(
        "The server refused the API key. It may have been revoked: make a new one in Testkeep, Profile → API keys."
    )]
    SignInRefused,
    /// `not_licensed`, `forbidden`, `not_found`, `invalid` and similar codes: repeating the request cannot succeed.
    #[error("{message}")]
    Refused { code: String, message: String },
    /// `no_seat`
    #[error("{message}")]
    NoSeat { message: String },
    #[error("No seat became free within {} seconds; the place in the queue was {position}. Try again later.", .waited.as_secs())]
    WaitedTooLong { waited: Duration, position: u64 },
    /// The caller ended the wait.
    #[error("Given up before a seat was free.")]
    GivenUp,
    /// `session_ended`
    #[error("{message}")]
    SessionEnded { message: String },
    #[error("The server's lease is not trusted. {0}")]
    Untrusted(#[from] LeaseError),
    /// The lease has valid signatures, but it is for another request.
    #[error("The server's lease is for another request: its {what} differs. Ask your server admin.")]
    OtherLease { what: &'static str },
}

impl ClientError {
    /// Whether the server refused, as opposed to being unreachable or failing.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::SignInRefused | Self::Refused { .. } | Self::NoSeat { .. } | Self::SessionEnded { .. }
        )
    }

    /// Turns an answer without a lease into an error. Only the server's own error envelope counts as a refusal: the
    /// error page of a proxy in between says nothing about a seat.
    pub(crate) fn from_answer(server: &ServerUrl, answer: &Answer) -> Self {
        if let (300..=399, Some(to)) = (answer.status, &answer.location) {
            return Self::Redirected { server: server.clone(), to: printable(to) };
        }
        let Some((code, message)) = refusal(answer) else {
            return Self::Unexpected { server: server.clone(), problem: format!("HTTP {}", answer.status) };
        };
        match (answer.status, code.as_str()) {
            (401, _) => Self::SignInRefused,
            (409, "no_seat") => Self::NoSeat { message },
            (410, _) => Self::SessionEnded { message },
            (429, _) => Self::TooMany { message, retry_after: answer.retry_after },
            (403 | 404 | 409 | 422, _) => Self::Refused { code, message },
            (status, _) => {
                Self::Unexpected { server: server.clone(), problem: format!("HTTP {status}: {message}") }
            }
        }
    }

    pub(crate) fn unreadable(server: &ServerUrl, what: &str) -> Self {
        Self::Unexpected { server: server.clone(), problem: format!("{what} cannot be read") }
    }
}

/// Code and words of the server's own error envelope. `None`: the answer has no such envelope.
pub(crate) fn refusal(answer: &Answer) -> Option<(String, String)> {
    let ErrorBody { error } = serde_json::from_slice(&answer.body).ok()?;
    let details = error.fields.iter().map(|(name, what)| format!("{name}: {what}"));
    let message: Vec<_> = std::iter::once(error.message).chain(details).collect();
    Some((printable(&error.code), printable(&message.join("\n  "))))
}

/// Text of the server, limited in length and without control characters that a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(2000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, body: &str) -> ClientError {
        let server = ServerUrl::parse("http://testkeep.example.com:8080").unwrap();
        let answer = Answer { status, body: body.to_owned().into(), location: None, retry_after: None };
        ClientError::from_answer(&server, &answer)
    }

    fn envelope(code: &str, message: &str) -> String {
        serde_json::json!({ "error": { "code": code, "message": message } }).to_string()
    }

    #[test]
    fn only_the_servers_own_words_refuse() {
        assert!(meaning(403, &envelope("not_licensed", "No.")).is_refusal());
        assert!(meaning(410, &envelope("session_ended", "Revoked.")).is_refusal());
        assert!(meaning(401, &envelope("unauthorized", "Sign in.")).is_refusal());
        for (status, body) in [(403, "<h1>Forbidden</h1>"), (410, ""), (401, "{}"), (502, "Bad Gateway")] {
            assert!(!meaning(status, body).is_refusal(), "{status} {body}");
        }
        assert!(!meaning(500, &envelope("internal", "Ill.")).is_refusal());
        assert!(!meaning(429, &envelope("too_many", "Slow down.")).is_refusal());
    }

    #[test]
    fn a_terminal_is_safe_from_a_servers_words() {
        let message = meaning(409, &envelope("no_seat", "\u{1b}[2JAll taken.\u{7}")).to_string();
        assert_eq!(message, "[2JAll taken.");
        assert!(meaning(409, &envelope("no_seat", &"x".repeat(60_000))).to_string().len() <= 2000);
    }
}
