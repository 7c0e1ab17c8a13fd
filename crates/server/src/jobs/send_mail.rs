//! Sends one message. What the mail server has confirmed is never sent again; what it has not is tried again.
//!
//! Between the message's lines and the mail server's answer nobody can know. So the row says `handing_over` before the
//! first of them goes out; a message found in that state belongs to a server that was killed, and is left to people as
//! `unknown`. A server that is stopped ends what it is handing over and begins nothing else.

use std::time::Duration;

use testkeep_domain::account::EmailAddress;
use testkeep_store::mail::{self, MailMessage};
use testkeep_store::{invitation, password_reset};

use super::{JobError, retry_after};
use crate::mail::message::Message;
use crate::mail::settings::mail_server;
use crate::mail::{Certificates, Conversation, MailServer, Refusal, Rendered};
use crate::ops::{forgotten_passwords, invitations};
use crate::{App, Error};

const WITHIN: Duration = Duration::from_mins(1);

/// `last`: it will not be tried again.
pub(super) async fn run(app: &App, id: i64, last: bool) -> Result<(), JobError> {
    let Some(message) = mail::find_mail_message(&app.db, id).await? else { return Ok(()) };
    match message.state.as_str() {
        "queued" => {}
        "handing_over" => {
            let reason = "The server stopped while this mail was handed over; it may have arrived. Send it again if not.";
            return Ok(note(app, id, "unknown", Some(reason), None).await?);
        }
        _ => return Ok(()),
    }
    match send(app, &message).await {
        Ok(()) => Ok(()),
        Err(Stop::Gone(reason)) => Ok(note(app, id, "failed", Some(&reason), None).await?),
        Err(Stop::Permanent(reason)) => {
            note(app, id, "failed", Some(&reason), None).await?;
            Err(JobError::Fail(reason))
        }
        Err(Stop::Later(reason)) if last => {
            note(app, id, "failed", Some(&reason), None).await?;
            Err(JobError::Fail(reason))
        }
        Err(Stop::Later(reason)) => {
            let next = app.clock.now() + retry_after(message.attempts + 1);
            note(app, id, "queued", Some(&reason), Some(next)).await?;
            Err(JobError::Retry(reason))
        }
    }
}

enum Stop {
    Later(String),
    Permanent(String),
    /// Nothing is wrong; there is nothing to tell any more.
    Gone(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<testkeep_store::StoreError> for Stop {
    fn from(error: testkeep_store::StoreError) -> Self {
        Self::Later(error.to_string())
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        if refusal.permanent { Self::Permanent(refusal.message) } else { Self::Later(refusal.message) }
    }
}

async fn send(app: &App, message: &MailMessage) -> Result<(), Stop> {
    let mut tx = app.db.begin().await?;
    mail::note_mail_attempt(&mut tx, message.id).await?;
    tx.commit().await?;
    let setting = mail::find_mail_setting_for(&app.db, message.scope_id).await?;
    let setting = setting.ok_or_else(|| Stop::Later("No mail server is configured any more.".into()))?;
    let server = mail_server(&setting, &app.secret_key)?;
    let recipient =
        EmailAddress::parse(&message.recipient).map_err(|error| Stop::Permanent(error.to_string()))?;
    let body = render(app, message, &server, &recipient).await?;
    let certificates = Certificates::load(&app.layout).map_err(Stop::Later)?;
    let mut conversation = Conversation::new(&server, &certificates, WITHIN);
    let connection = tokio::select! {
        opened = conversation.open(&recipient) => opened?,
        () = app.jobs.stopped() => {
            return Err(Stop::Later("The server stopped before this mail was handed over.".into()));
        }
    };
    let noted = note(app, message.id, "handing_over", None, None);
    // Boxed: it is by far the largest part of a job.
    Box::pin(conversation.hand_over(connection, &body, noted)).await?;
    note(app, message.id, "sent", None, None).await?;
    tracing::info!(mail = message.id, kind = message.kind, "mail sent");
    Ok(())
}

async fn render(
    app: &App,
    row: &MailMessage,
    server: &MailServer,
    recipient: &EmailAddress,
) -> Result<Vec<u8>, Stop> {
    let message: Message =
        serde_json::from_str(&row.content).map_err(|error| Stop::Permanent(error.to_string()))?;
    let link = match &message {
        Message::Invitation { invitation_id, .. } => Some(invitation_link(app, *invitation_id).await?),
        Message::PasswordReset { reset_id } => Some(reset_link(app, *reset_id).await?),
        _ => None,
    };
    let domain = server.sender.as_str().rsplit('@').next().unwrap_or("testkeep");
    // The same for every attempt, so that mail servers can tell a repetition.
    let message_id = format!("<mail-{}-{}@{domain}>", row.id, row.created_at.timestamp_millis());
    let letter = Rendered::new(&message, &app.config.server_url, link);
    Ok(letter.to_mail(&server.sender, recipient, message_id, &app.config.server_url, row.created_at)?)
}

async fn invitation_link(app: &App, id: i64) -> Result<String, Stop> {
    let gone =
        || Stop::Gone("The invitation was accepted, revoked or replaced before this mail was sent.".into());
    let found = invitation::find_invitation(&app.db, id).await?.ok_or_else(gone)?;
    let open = found.accepted_at.is_none() && found.revoked_at.is_none() && found.password_set_at.is_none();
    if !open {
        return Err(gone());
    }
    invitations::link(app, &found.nonce, &found.token_hash).ok_or_else(gone)
}

async fn reset_link(app: &App, id: i64) -> Result<String, Stop> {
    let gone = || Stop::Gone("The link was replaced or used before this mail was sent.".into());
    let found = password_reset::find_password_reset(&app.db, id).await?.ok_or_else(gone)?;
    forgotten_passwords::link(app, &found, app.clock.now()).ok_or_else(gone)
}

async fn note(
    app: &App,
    id: i64,
    state: &str,
    error: Option<&str>,
    next: Option<chrono::DateTime<chrono::Utc>>,
) -> Result<(), Error> {
    let sent_at = (state == "sent").then(|| app.clock.now());
    let mut tx = app.db.begin().await?;
    mail::update_mail_state(&mut tx, id, state, error, next, sent_at).await?;
    Ok(tx.commit().await?)
}
