//! What a mail tells, before it has words: stored with the queue, rendered when it is sent.
//!
//! No secret is in it: links are derived at the time of sending, and a message whose reason is gone (a revoked
//! invitation) is not sent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::account::EmailAddress;
use testkeep_domain::mail::MailKind;
use testkeep_store::mail::NewMailMessage;
use testkeep_store::{Tx, mail};

use crate::jobs::Job;
use crate::{App, Error};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    Invitation { invitation_id: i64, place: String, invited_by: String },
    PasswordReset { reset_id: i64 },
    Added { place: Place, by: String },
    Removed { place: Place, by: String },
    RoleChanged { place: Place, from: String, to: String, by: String },
    LicenseExpiry { license_id: String, customer: String, expires_at: DateTime<Utc>, days_left: i64 },
    RunResult { run: RunResult },
}

/// A place, in the words of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `account`, `organization`, `team`, `project`
    pub level: String,
    pub name: String,
    /// Where it is in the browser, from `/`.
    pub path: String,
}

/// How a scheduled run ended.
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
    /// Where it is in the browser, from `/`.
    pub path: String,
}

impl RunResult {
    /// For subject lines.
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

    /// For the mail log and the subject line.
    pub fn subject(&self) -> String {
        match self {
            Self::Invitation { place, .. } => format!("You are invited to {place}"),
            Self::PasswordReset { .. } => "Reset your password".into(),
            Self::Added { place, .. } => format!("You are now in {}", place.name),
            Self::Removed { place, .. } => format!("You are no longer in {}", place.name),
            Self::RoleChanged { place, .. } => format!("Your role in {} changed", place.name),
            Self::LicenseExpiry { days_left: 1, .. } => "The license expires tomorrow".into(),
            Self::LicenseExpiry { days_left, .. } => format!("The license expires in {days_left} days"),
            Self::RunResult { run } => format!("{}: {} in {}", run.outcome_word(), run.name, run.project),
        }
    }

    /// Queued unless no mail server is configured or the person does not want it; returns whether it was.
    /// `scope_id`: whose settings send it, `None` for the account's.
    pub async fn queue(
        &self,
        app: &App,
        tx: &mut Tx,
        scope_id: Option<i64>,
        recipient: &EmailAddress,
    ) -> Result<bool, Error> {
        if mail::find_mail_setting_for(&mut *tx, scope_id).await?.is_none() {
            return Ok(false);
        }
        let kind = self.kind();
        if kind.is_optional() && mail::is_mail_refused(&mut *tx, recipient.as_str(), kind.as_str()).await? {
            return Ok(false);
        }
        let now = app.clock.now();
        let new = NewMailMessage {
            scope_id,
            kind: kind.as_str(),
            recipient: recipient.as_str(),
            subject: &self.subject(),
            content: &serde_json::to_string(self).map_err(Error::internal)?,
        };
        let message_id = mail::create_mail_message(tx, new, now).await?;
        Job::SendMail { message_id }.queue(tx, now).await?;
        Ok(true)
    }
}
