//! The content of a mail before rendering: stored with the mail's row, rendered when the mail is sent.
//!
//! It must not contain secrets: links are derived when the mail is sent. A mail whose reason no longer exists (for
//! example a revoked invitation) is not sent.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::mail::MailKind;
use testkeep_domain::permission::Level;
use testkeep_store::mail::NewMailMessage;
use testkeep_store::{Tx, mail};

use super::route::Route;
use crate::Error;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    Invitation {
        invitation_id: i64,
        place: String,
        invited_by: String,
        /// The organization to which the mail invites; `None` for the account.
        #[serde(skip)]
        organization_id: Option<i64>,
    },
    PasswordReset {
        reset_id: i64,
    },
    Added {
        place: Place,
        by: String,
    },
    Removed {
        place: Place,
        by: String,
    },
    RoleChanged {
        place: Place,
        from: String,
        to: String,
        by: String,
    },
    LicenseExpiry {
        license_id: String,
        customer: String,
        expires_at: DateTime<Utc>,
        /// Days until the last day as people count them; 0: it is over.
        days_left: i64,
        /// Today is the last day.
        #[serde(default)]
        ends_today: bool,
    },
    RunResult {
        run: RunResult,
        /// The organization of the project.
        #[serde(skip)]
        organization_id: Option<i64>,
    },
}

/// A scope, as a mail names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `account`, `organization`, `team`, `project`
    pub level: String,
    pub name: String,
    /// The path in the browser, from `/`.
    pub path: String,
    /// An organization's own id; the organization of a team or project; `None` for the account.
    #[serde(skip)]
    pub organization_id: Option<i64>,
}

/// The result of a scheduled run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunResult {
    pub name: String,
    pub project: String,
    /// `passed`, `failed`, `error`, `stopped`
    pub outcome: String,
    pub passed: i64,
    pub failed: i64,
    pub errors: i64,
    pub skipped: i64,
    pub duration_seconds: i64,
    /// The path in the browser, from `/`.
    pub path: String,
}

impl RunResult {
    /// The outcome as a word for subject lines.
    fn outcome_word(&self) -> &'static str {
        match self.outcome.as_str() {
            "passed" => "Passed",
            "failed" => "Failed",
            "stopped" => "Stopped",
            _ => "Error",
        }
    }
}

impl Message {
    pub fn kind(&self) -> MailKind {
        match self {
            Self::Invitation { .. } => MailKind::Invitation,
            Self::PasswordReset { .. } => MailKind::PasswordReset,
            Self::Added { .. } => MailKind::Added,
            Self::Removed { .. } => MailKind::Removed,
            Self::RoleChanged { .. } => MailKind::RoleChanged,
            Self::LicenseExpiry { .. } => MailKind::LicenseExpiry,
            Self::RunResult { .. } => MailKind::RunResult,
        }
    }

    pub fn is_about_project(&self) -> bool {
        match self {
            Self::Added { place, .. } | Self::Removed { place, .. } | Self::RoleChanged { place, .. } => {
                place.level == Level::Project.as_str()
            }
            _ => false,
        }
    }

    /// The subject, for the mail log and the mail itself.
    pub fn subject(&self) -> String {
        match self {
            Self::Invitation { place, .. } => format!("You are invited to {place}"),
            Self::PasswordReset { .. } => "Reset your password".into(),
            Self::Added { place, .. } => format!("You are now in {}", place.name),
            Self::Removed { place, .. } => format!("You are no longer in {}", place.name),
            Self::RoleChanged { place, .. } => format!("Your role in {} changed", place.name),
            Self::LicenseExpiry { ends_today: true, .. } => "The license expires today".into(),
            Self::LicenseExpiry { days_left: 0, .. } => "The license has expired".into(),
            Self::LicenseExpiry { days_left: 1, .. } => "The license expires tomorrow".into(),
            Self::LicenseExpiry { days_left, .. } => format!("The license expires in {days_left} days"),
            Self::RunResult { run, .. } => format!("{}: {} in {}", run.outcome_word(), run.name, run.project),
        }
    }

    /// The route for a new mail: the mail server that sends it.
    pub fn route(&self) -> Route {
        match self {
            Self::PasswordReset { .. } | Self::LicenseExpiry { .. } => Route::Account,
            Self::Invitation { organization_id, .. } | Self::RunResult { organization_id, .. } => {
                Route::of_place(*organization_id)
            }
            Self::Added { place, .. } | Self::Removed { place, .. } | Self::RoleChanged { place, .. } => {
                Route::of_place(place.organization_id)
            }
        }
    }
}

/// A mail for one person, not stored yet.
pub(crate) struct Addressed {
    pub message: Message,
    pub recipient: EmailAddress,
}

/// Stores the mails, except for recipients who have switched off the kind. Returns the ids for the jobs that send them
/// ([`crate::ops::change::Change`]).
pub(crate) async fn write_messages(
    tx: &mut Tx,
    messages: &[Addressed],
    now: DateTime<Utc>,
) -> Result<Vec<i64>, Error> {
    let refused = refused(tx, messages).await?;
    let wanted = |it: &&Addressed| !refused.contains(&(it.message.kind(), it.recipient.as_str().to_owned()));
    let mut texts = Vec::new();
    for Addressed { message, recipient } in messages.iter().filter(wanted) {
        let content = serde_json::to_string(message).map_err(Error::internal)?;
        texts.push((message, recipient, message.subject(), content));
    }
    let rows: Vec<NewMailMessage<'_>> = texts
        .iter()
        .map(|(message, recipient, subject, content)| NewMailMessage {
            scope_id: message.route().organization_id(),
            route: message.route().as_str(),
            kind: message.kind().as_str(),
            recipient: recipient.as_str(),
            subject,
            content,
            invitation_id: match message {
                Message::Invitation { invitation_id, .. } => Some(*invitation_id),
                _ => None,
            },
        })
        .collect();
    Ok(mail::create_mail_messages(tx, &rows, now).await?)
}

/// Returns the kinds and email addresses of people who have switched off the kind.
async fn refused(tx: &mut Tx, messages: &[Addressed]) -> Result<HashSet<(MailKind, String)>, Error> {
    let mut refused = HashSet::new();
    for kind in MailKind::ALL.into_iter().filter(|kind| kind.is_optional()) {
        let of_kind = messages.iter().filter(|it| it.message.kind() == kind);
        let emails: Vec<&str> = of_kind.map(|it| it.recipient.as_str()).collect();
        if !emails.is_empty() {
            let people = mail::list_refusing(&mut *tx, emails, kind.as_str()).await?;
            refused.extend(people.into_iter().map(|(email,)| (kind, email)));
        }
    }
    Ok(refused)
}
