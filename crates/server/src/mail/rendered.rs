//! Renders a mail: the same layout for all, as text and as HTML. Links are made only from the configured server URL.

use askama::Template;
use chrono::{DateTime, Utc};
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::{Day, ServerUrl};

use super::address::MailAddress;
use super::message::{Message, Place, RunResult};
use crate::Error;

/// The values for the layouts; paragraphs are plain text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// Label and value, in a small table.
    pub facts: Vec<(String, String)>,
    /// Label and URL.
    pub button: Option<(String, String)>,
    /// Below the button.
    pub notes: Vec<String>,
    /// Why the recipient gets this mail, and how to stop it.
    pub footer: String,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct Html<'a> {
    letter: &'a Rendered,
    server_url: &'a str,
}

#[derive(Template)]
#[template(path = "letter.txt", escape = "none")]
struct Text<'a> {
    letter: &'a Rendered,
    server_url: &'a str,
}

impl Rendered {
    /// `link`: the link of an invitation or a password reset.
    pub(crate) fn new(message: &Message, server_url: &ServerUrl, link: Option<String>) -> Self {
        let at = |path: &str| server_url.link(path);
        let letter = match message {
            Message::Invitation { place, invited_by, .. } => invitation(place, invited_by, link),
            Message::PasswordReset { .. } => password_reset(link),
            Message::Added { place, by } => Self {
                paragraphs: vec![format!("{by} added you to the {} “{}”.", place.level, place.name)],
                button: Some((format!("Open {}", place.name), at(&place.path))),
                ..Self::default()
            },
            Message::Removed { place, by } => Self {
                paragraphs: vec![
                    format!("{by} removed you from the {} “{}”.", place.level, place.name),
                    format!("If you think this is a mistake, ask {by}."),
                ],
                ..Self::default()
            },
            Message::RoleChanged { place, from, to, by } => {
                role_changed(place, from, to, by, at(&place.path))
            }
            Message::LicenseExpiry { license_id, customer, expires_at, days_left, ends_today } => {
                let days = (!ends_today).then_some(*days_left);
                license_expiry(license_id, customer, Day::last_before(*expires_at), days, at("/license"))
            }
            Message::RunResult { run, .. } => run_result(run, at(&run.path)),
        };
        let footer = if message.kind().is_optional() {
            format!("Choose which mails you get in your profile: {}", at("/profile/notifications"))
        } else {
            "If you did not expect this mail, ignore it: nothing happens without you.".into()
        };
        Self { subject: message.subject(), footer, ..letter }
    }

    /// Returns the whole mail, as it is sent to the server.
    pub(crate) fn to_mail(
        &self,
        sender: &EmailAddress,
        recipient: &EmailAddress,
        message_id: String,
        server_url: &ServerUrl,
        now: DateTime<Utc>,
    ) -> Result<Vec<u8>, Error> {
        let server_url = server_url.as_str();
        let text = Text { letter: self, server_url }.render().map_err(Error::internal)?;
        let html = Html { letter: self, server_url }.render().map_err(Error::internal)?;
        let mailbox = |name: Option<&str>, email: &EmailAddress| -> Result<Mailbox, Error> {
            Ok(MailAddress::new(email).map_err(Error::internal)?.mailbox(name))
        };
        let mail = lettre::Message::builder()
            .from(mailbox(Some("Testkeep"), sender)?)
            .to(mailbox(None, recipient)?)
            .subject(&self.subject)
            .date(now.into())
            .message_id(Some(message_id))
            // RFC 3834: keeps programs from answering with vacation notes.
            .header(lettre::message::header::MIME_VERSION_1_0)
            .multipart(
                MultiPart::alternative()
                    .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text))
                    .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html)),
            )
            .map_err(Error::internal)?;
        Ok(mail.formatted())
    }
}

fn invitation(place: &str, invited_by: &str, link: Option<String>) -> Rendered {
    Rendered {
        paragraphs: vec![format!("{invited_by} invited you to {place} on Testkeep.")],
        button: link.map(|link| ("Accept the invitation".into(), link)),
        notes: vec!["The link works once, for 7 days, and for your address alone.".into()],
        ..Rendered::default()
    }
}

fn password_reset(link: Option<String>) -> Rendered {
    Rendered {
        paragraphs: vec!["Somebody, hopefully you, asked to reset the password of this address.".into()],
        button: link.map(|link| ("Choose a new password".into(), link)),
        notes: vec!["The link works once, for one hour. A newer one replaces it.".into()],
        ..Rendered::default()
    }
}

fn role_changed(place: &Place, from: &str, to: &str, by: &str, url: String) -> Rendered {
    Rendered {
        paragraphs: vec![format!("{by} changed your role in the {} “{}”.", place.level, place.name)],
        facts: vec![("Before".into(), from.into()), ("Now".into(), to.into())],
        button: Some((format!("Open {}", place.name), url)),
        ..Rendered::default()
    }
}

/// `days`: until the last day; 0: it is over; `None`: today is the last day.
fn license_expiry(id: &str, customer: &str, last: Day, days: Option<i64>, url: String) -> Rendered {
    let day = last.in_words();
    let later = "After that nobody gets a new seat and no test results are taken";
    let (what, then) = match days {
        Some(0) => (
            format!("has expired; its last day was {day}"),
            "Nobody gets a new seat and no test results are taken",
        ),
        None => (format!("expires today, on {day}"), later),
        Some(1) => (format!("expires tomorrow, on {day}"), later),
        Some(days) => (format!("expires in {days} days, on {day}"), later),
    };
    Rendered {
        paragraphs: vec![
            format!("The license of this Testkeep server {what}."),
            format!(
                "{then}; signing in and importing a license go on working. Ask your vendor for a renewal and import it on \
                 the license page."
            ),
        ],
        facts: vec![
            ("Customer".into(), customer.into()),
            ("License".into(), id.into()),
            ("Last day".into(), day),
        ],
        button: Some(("Open the license page".into(), url)),
        ..Rendered::default()
    }
}

fn run_result(run: &RunResult, url: String) -> Rendered {
    let count = |label: &str, value: i64| (label.to_owned(), value.to_string());
    let ended = match run.outcome.as_str() {
        "passed" => "passed",
        "failed" => "failed",
        "stopped" => "was stopped",
        _ => "ended with an error",
    };
    Rendered {
        paragraphs: vec![format!("The run “{}” in {} {ended}.", run.name, run.project)],
        facts: vec![
            count("Passed", run.passed),
            count("Failed", run.failed),
            count("Errors", run.errors),
            count("Skipped", run.skipped),
            ("Duration".into(), duration(run.duration_seconds)),
        ],
        button: Some(("Open the results".into(), url)),
        ..Rendered::default()
    }
}

/// “41 s”, “12 min 5 s”, “1 h 2 min”: at most the two largest units.
fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}
