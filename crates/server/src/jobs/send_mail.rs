//! Sends one mail. A mail that the mail server has confirmed is never sent again; any other is tried again.
//!
//! From the first line of the mail until the mail server's answer, the outcome is unknown. So the row gets the state
//! `handing_over` before the first line is sent. A mail found in that state belongs to a server that was killed; it
//! gets the state `unknown`, and people decide. A server that stops finishes the mail it is handing over and begins no
//! other.

use std::time::Duration;

use testkeep_domain::account::EmailAddress;
use testkeep_domain::mail::MailKind;
use testkeep_store::mail::{self, MailMessage};
use testkeep_store::mail_setting::MailSetting;
use testkeep_store::people::{invitation, member, password_reset, user};
use testkeep_store::scopes::scope::ACCOUNT;

use crate::mail::message::Message;
use crate::mail::pace::{self, Turn};
use crate::mail::settings::mail_server;
use crate::mail::{
    Certificates, Conversation, FailureCause, MailAddress, MailServer, Refusal, Rendered, Route,
};
use crate::ops::people::forgotten_passwords;
use crate::ops::people::invitations::{self, Inviters, State};
use crate::queue::{Attempt, JobError};
use crate::{App, Error};

const WITHIN: Duration = Duration::from_mins(1);
/// A mail that is refused repeatedly is given up after a day, but only after at least this number of attempts.
const TRIES_AT_LEAST: i64 = 5;
/// Maximum time that a mail waits for working settings.
const LONGEST_WAIT: chrono::TimeDelta = chrono::TimeDelta::days(30);

pub(super) async fn run(app: &App, id: i64, attempt: Attempt) -> Result<(), JobError> {
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
        Err(Stop::Permanent(reason)) => give_up(app, id, reason).await,
        Err(Stop::Later(reason)) if attempt.last && attempt.number >= TRIES_AT_LEAST => {
            give_up(app, id, reason).await
        }
        Err(Stop::Later(reason)) => {
            note(app, id, "queued", Some(&reason), Some(attempt.retry_at)).await?;
            Err(JobError::RetryAt { at: attempt.retry_at, reason })
        }
        Err(Stop::Wait { reason, .. }) if app.clock.now() - attempt.queued_at > LONGEST_WAIT => {
            give_up(app, id, reason).await
        }
        Err(Stop::Wait { turn: Turn { at, waits_for }, reason }) => {
            note(app, id, "queued", Some(&reason), Some(at)).await?;
            Err(JobError::Wait { at, waits_for, reason })
        }
    }
}

async fn give_up(app: &App, id: i64, reason: String) -> Result<(), JobError> {
    note(app, id, "failed", Some(&reason), None).await?;
    Err(JobError::Fail(reason))
}

enum Stop {
    Later(String),
    Permanent(String),
    /// Not a failure: the reason for the mail no longer exists.
    Gone(String),
    /// Not a fault of this mail: all mails with the same settings wait.
    Wait {
        turn: Turn,
        reason: String,
    },
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

async fn send(app: &App, message: &MailMessage) -> Result<(), Stop> {
    let route = Route::of_row(message)
        .ok_or_else(|| Stop::Gone("The organization was deleted before this mail was sent.".into()))?;
    let setting = route.setting(&app.db).await?;
    let setting = setting.ok_or_else(|| Stop::Later("No mail server is configured any more.".into()))?;
    protect_roles(app, message, &setting).await?;
    let server = mail_server(&setting, app)?;
    let recipient =
        EmailAddress::parse(&message.recipient).map_err(|error| Stop::Permanent(error.to_string()))?;
    // Rendered before the mail takes its turn: a mail that cannot be rendered, or whose reason is gone, must not delay
    // others.
    let body = render(app, message, (&server, is_private(&setting)), &recipient).await?;
    if let Some(turn) = pace::take_turn(app, &setting).await? {
        let reason = setting.stuck_reason.unwrap_or_else(|| "The mail server accepts no mail now.".into());
        return Err(Stop::Wait { turn, reason });
    }
    let mut tx = app.db.begin().await?;
    mail::note_mail_attempt(&mut tx, message.id).await?;
    tx.commit().await?;
    let refusal = match hand_over(app, message, &server, (&recipient, &body)).await {
        Ok(()) => return Ok(pace::note_flow(app, &setting).await?),
        Err(Some(refusal)) => refusal,
        Err(None) => return Err(Stop::Later("The server stopped before this mail was handed over.".into())),
    };
    Err(match refusal.cause {
        FailureCause::Mail => {
            pace::note_flow(app, &setting).await?;
            Stop::Permanent(refusal.message)
        }
        FailureCause::Later => Stop::Later(refusal.message),
        // The limit may concern only this recipient. So the number of attempts is limited, and the other mails are only
        // slowed down.
        FailureCause::Limit if refusal.is_about_one_mail() => {
            pace::note_trouble(app, &setting, &refusal).await?;
            Stop::Later(refusal.message)
        }
        FailureCause::Limit | FailureCause::Configuration => {
            let turn = pace::note_trouble(app, &setting, &refusal).await?;
            Stop::Wait { turn, reason: refusal.message }
        }
    })
}

/// `Err(None)`: this server is being stopped.
async fn hand_over(
    app: &App,
    message: &MailMessage,
    server: &MailServer,
    (recipient, body): (&EmailAddress, &[u8]),
) -> Result<(), Option<Refusal>> {
    let certificates = Certificates::load(&app.disk, &app.layout).await;
    let certificates = certificates.map_err(|problem| Some(Refusal::of_certificates(problem)))?;
    let mut conversation = Conversation::new(server, &certificates, WITHIN);
    let session = tokio::select! {
        opened = conversation.open(recipient) => opened?,
        () = app.queue.stopped() => return Err(None),
    };
    let noted = note(app, message.id, "handing_over", None, None);
    // Boxed, because it is the largest part of a job by far.
    let session = Box::pin(conversation.hand_over(session, body, noted)).await?;
    if let Err(error) = note(app, message.id, "sent", None, None).await {
        // The row still says `handing_over`: the next attempt finds it and leaves the decision to people.
        tracing::error!(mail = message.id, %error, "a mail was sent, but the database could not record it");
        return Ok(());
    }
    tracing::info!(mail = message.id, kind = message.kind, "mail sent");
    Conversation::quit(session).await;
    Ok(())
}

/// A person who configures the account's mail server could read the links in its mails. An Admin of the account may
/// change only Members, so links for other people are sent only through settings that an Owner saved.
async fn protect_roles(app: &App, message: &MailMessage, setting: &MailSetting) -> Result<(), Stop> {
    if setting.by_owner || message.kind != MailKind::PasswordReset.as_str() {
        return Ok(());
    }
    let Some(person) = user::find_user_by_email(&app.db, &message.recipient).await? else { return Ok(()) };
    if !member::has_role_above_member(&app.db, person.id).await? {
        return Ok(());
    }
    Err(Stop::Gone(
        "These mail settings were not saved by an Owner, so they send no password link to a person who is more than \
         a Member anywhere. Let an Owner open Account → Mail and save them again; then request another link."
            .into(),
    ))
}

async fn render(
    app: &App,
    row: &MailMessage,
    (server, is_private): (&MailServer, bool),
    recipient: &EmailAddress,
) -> Result<Vec<u8>, Stop> {
    let message: Message =
        serde_json::from_str(&row.content).map_err(|error| Stop::Permanent(error.to_string()))?;
    let link = match &message {
        Message::Invitation { invitation_id, .. } => {
            Some(invitation_link(app, *invitation_id, is_private).await?)
        }
        Message::PasswordReset { reset_id } => Some(reset_link(app, *reset_id).await?),
        _ => None,
    };
    MailAddress::new(recipient).map_err(Stop::Permanent)?;
    let domain = server.sender.as_str().rsplit('@').next().unwrap_or("testkeep");
    // The same for all attempts, so that mail servers can recognize a repetition.
    let message_id = format!("<mail-{}-{}@{domain}>", row.id, row.created_at.timestamp_millis());
    let letter = Rendered::new(&message, &app.config.server_url, link);
    Ok(letter.to_mail(&server.sender, recipient, message_id, &app.config.server_url, row.created_at)?)
}

/// Whether inviters cannot read the mails of these settings: they are the account's settings, saved by an Owner.
fn is_private(setting: &MailSetting) -> bool {
    setting.scope_id == ACCOUNT && setting.by_owner
}

/// Inviters may be able to read the mails of other settings: such a mail contains the link that inviters see anyway.
async fn invitation_link(app: &App, id: i64, is_private: bool) -> Result<String, Stop> {
    let gone =
        || Stop::Gone("The invitation was accepted, revoked or replaced before this mail was sent.".into());
    let found = invitation::find_invitation(&app.db, id).await?.ok_or_else(gone)?;
    let open = found.accepted_at.is_none() && found.revoked_at.is_none() && found.password_set_at.is_none();
    if !open {
        return Err(gone());
    }
    match Inviters::default().state(&app.db, &found, app.clock.now()).await? {
        State::Expired => {
            return Err(Stop::Gone(
                "The invitation ended before this mail was sent, so its link no longer works. Send the invitation again: \
                 that makes a new link."
                    .into(),
            ));
        }
        State::InviterMayNot => {
            return Err(Stop::Gone(
                "The inviter may no longer invite people, so the link no longer works. A person who may invite can send \
                 the invitation again."
                    .into(),
            ));
        }
        State::MustSetPassword | State::NotAccepted | State::WaitsForSignIn => {}
    }
    let link = if is_private {
        invitations::mailed_link(app, &found)
    } else {
        invitations::link(app, &found.nonce, &found.token_hash)
    };
    link.ok_or_else(gone)
}

async fn reset_link(app: &App, id: i64) -> Result<String, Stop> {
    let gone = || Stop::Gone("The link was replaced or used before this mail was sent.".into());
    let found = password_reset::find_password_reset(&app.db, id).await?.ok_or_else(gone)?;
    let now = app.clock.now();
    if found.used_at.is_none() && found.expires_at <= now {
        return Err(Stop::Gone(
            "The link ended before this mail was sent. Request another with “Forgot your password?”.".into(),
        ));
    }
    forgotten_passwords::link(app, &found, now).ok_or_else(gone)
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
