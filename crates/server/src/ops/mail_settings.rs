//! Mail settings of the account (the default) and of organizations; the test mail; sending a mail again.
//!
//! The password is encrypted before it is stored and is never returned. A test mail has one recipient and a fixed text,
//! and the number of test mails is limited, so that nobody can use the server as a relay.

use std::collections::HashMap;
use std::time::Duration;

use chrono::TimeDelta;
use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::mail::{MailProtocol, mail_host, mail_host_problem};
use testkeep_domain::permission::{AccountAction, Action, Level, OrganizationAction, Role};
use testkeep_store::Tx;
use testkeep_store::mail::{self, MailMessage};
use testkeep_store::mail_setting::{self, MailSetting};
use testkeep_store::people::sign_in_attempt;
use testkeep_store::scopes::scope::ACCOUNT;

use crate::http::error::Fields;
use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::mail::pace;
use crate::mail::settings::{mail_server, purpose};
use crate::mail::{Certificates, Conversation, MailServer, Rendered, Route, Step};
use crate::ops::audit::Event;
use crate::ops::bulk::{Bulk, Row, chosen};
use crate::ops::change::Change;
use crate::queue::{Job, Kind};
use crate::{App, Error};

/// Time limit of a test, whatever the mail server does.
const TEST_WITHIN: Duration = Duration::from_secs(14);
const TEST_WINDOW: TimeDelta = TimeDelta::minutes(10);
const TESTS_PER_WINDOW: i64 = 10;
const CREDENTIAL_MAX: usize = 500;

#[derive(Debug)]
pub(crate) struct NewMailSettings {
    pub host: String,
    pub port: i64,
    pub protocol: MailProtocol,
    pub username: String,
    /// `None`: the saved password stays; empty: no password.
    pub password: Option<Secret>,
    pub sender: String,
}

/// The action that configures mail, for the account and for organizations.
///
/// # Errors
/// [`Error::NotFound`] for teams and projects.
pub(crate) fn configure(level: Level) -> Result<Action, Error> {
    match level {
        Level::Account => Ok(AccountAction::ConfigureMail.into()),
        Level::Organization => Ok(OrganizationAction::ConfigureMail.into()),
        Level::Team | Level::Project => Err(Error::NotFound),
    }
}

pub(crate) async fn update(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    new: NewMailSettings,
) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, level, id, configure(level)?).await?;
    let is_owner = change.may().roles().account == Some(Role::Owner);
    let mut setting = checked(app, change.tx(), id, new).await?;
    setting.by_owner |= is_owner;
    mail_setting::put_mail_setting(change.tx(), &setting).await?;
    let event = Event::new(AuditAction::UpdateMailSettings, "mail settings", None, setting.host.as_str())
        .at(change.scope())
        .detail("port", setting.port)
        .detail("protocol", setting.protocol.as_str())
        .detail("sender", setting.sender.as_str());
    change.record(event);
    release(&mut change, id).await?;
    change.commit().await
}

/// Makes the jobs due that wait for these settings, or for the account's settings in their place.
async fn release(change: &mut Change<Scope>, id: i64) -> Result<(), Error> {
    let now = change.now();
    pace::release(change.tx(), id, now).await?;
    pace::release(change.tx(), ACCOUNT, now).await?;
    change.release(Kind::SendMail);
    Ok(())
}

/// Deletes an organization's own settings; from then on it uses the account's.
pub(crate) async fn delete(app: &App, caller: &Caller, (level, id): (Level, i64)) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, level, id, configure(level)?).await?;
    if !mail_setting::delete_mail_setting(change.tx(), id).await? {
        return Err(Error::NotFound);
    }
    let event = Event::of(AuditAction::DeleteMailSettings, change.scope());
    change.record(event);
    release(&mut change, id).await?;
    change.commit().await
}

async fn checked(app: &App, tx: &mut Tx, id: i64, new: NewMailSettings) -> Result<MailSetting, Error> {
    let (host, sender) = (mail_host(&new.host), new.sender.trim());
    let mut fields = Fields::new();
    let mut wrong = |field: &str, problem: Option<String>| {
        problem.and_then(|problem| fields.insert(field.into(), problem));
    };
    wrong("host", mail_host_problem(&host).map(Into::into));
    wrong("port", (!(1..=65535).contains(&new.port)).then(|| "Enter a port from 1 to 65535.".into()));
    wrong("sender", sender_problem(sender));
    wrong("username", credential_problem(&new.username));
    wrong("password", new.password.as_ref().and_then(|password| credential_problem(password.expose())));
    let has_password = new.password.as_ref().is_some_and(|password| !password.is_empty());
    wrong(
        "username",
        (has_password && new.username.is_empty()).then(|| "Enter the user that the password is for.".into()),
    );
    let known = mail_setting::find_mail_setting(&mut *tx, id).await?;
    let elsewhere = known
        .as_ref()
        .is_some_and(|known| known.password_sealed.is_some() && !is_same_login(known, &host, &new));
    if new.password.is_none() && elsewhere && !new.username.is_empty() {
        // The saved password must not be sent to another server.
        fields.insert(
            "password".into(),
            "Enter the password again: it was saved for another server or user.".into(),
        );
    }
    if !fields.is_empty() {
        return Err(Error::Invalid { message: "Correct the marked fields.".into(), fields });
    }
    // When an Admin saves the same login again, the mark of the Owner's settings stays, because no mail is redirected.
    let still_by_owner = new.password.is_none()
        && known.as_ref().is_some_and(|known| known.by_owner && is_same_login(known, &host, &new));
    let password_sealed = match new.password {
        _ if new.username.is_empty() => None,
        Some(password) => Some(app.secret_key.seal(&purpose(id), &password)?),
        None => known.and_then(|known| known.password_sealed),
    };
    Ok(MailSetting {
        scope_id: id,
        host,
        port: new.port,
        protocol: new.protocol.as_str().into(),
        username: new.username,
        password_sealed,
        sender: EmailAddress::parse(sender).map_err(Error::internal)?.into(),
        updated_at: app.clock.now(),
        by_owner: still_by_owner,
        ..MailSetting::default()
    })
}

fn is_same_login(known: &MailSetting, host: &str, new: &NewMailSettings) -> bool {
    known.host == host
        && known.port == new.port
        && known.protocol == new.protocol.as_str()
        && known.username == new.username
}

fn sender_problem(sender: &str) -> Option<String> {
    match EmailAddress::parse(sender) {
        Err(_) if sender.is_empty() => Some("Enter the address that mails come from.".into()),
        parsed => parsed.err().map(|error| error.to_string()),
    }
}

fn credential_problem(text: &str) -> Option<String> {
    if text.len() > CREDENTIAL_MAX {
        Some(format!("Use at most {CREDENTIAL_MAX} bytes."))
    } else if text.chars().any(char::is_control) {
        Some("Remove the control characters.".into())
    } else {
        None
    }
}

/// Sends a test mail with the settings of the form (`new`) or, without them, the saved ones. If the form has no
/// password, the saved one is used. Returns every step that was taken. If the test failed, the last step says why.
pub(crate) async fn send_test(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    recipient: &str,
    new: Option<NewMailSettings>,
) -> Result<Vec<Step>, Error> {
    let mut change = Change::begin(app, caller, level, id, configure(level)?).await?;
    let recipient =
        EmailAddress::parse(recipient).map_err(|error| Error::field("recipient", error.to_string()))?;
    limit_tests(app, change.tx(), id).await?;
    let setting = if let Some(new) = new {
        checked(app, change.tx(), id, new).await?
    } else {
        let route = Route::of_place(change.scope().organization_id);
        route.setting(change.tx()).await?.ok_or_else(|| {
            Error::Conflict("There are no mail settings to test yet. Enter them first.".into())
        })?
    };
    let event = Event::new(AuditAction::SendTestMail, "mail settings", None, setting.host.as_str())
        .at(change.scope())
        .detail("recipient", recipient.as_str());
    change.record(event);
    change.commit().await?;
    converse(app, &mail_server(&setting, app)?, &recipient).await
}

async fn converse(app: &App, server: &MailServer, recipient: &EmailAddress) -> Result<Vec<Step>, Error> {
    let certificates = Certificates::load(&app.disk, &app.layout).await;
    let certificates =
        certificates.map_err(|problem| Error::Invalid { message: problem, fields: Fields::new() })?;
    let letter = Rendered {
        subject: "Testkeep can send mail".into(),
        paragraphs: vec!["This is the test mail that somebody asked for on the mail settings page.".into()],
        footer: "You get this once, because your address was entered there.".into(),
        ..Rendered::default()
    };
    let now = app.clock.now();
    let message_id = format!("<test-{}@testkeep>", now.timestamp_millis());
    let body = letter.to_mail(&server.sender, recipient, message_id, &app.config.server_url, now)?;
    let mut conversation = Conversation::new(server, &certificates, TEST_WITHIN);
    if let Ok(session) = conversation.open(recipient).await {
        // If the server refuses, the refusal is the last step.
        if let Ok(session) = conversation.hand_over(session, &body, std::future::ready(Ok(()))).await {
            Conversation::quit(session).await;
        }
    }
    Ok(conversation.steps)
}

async fn limit_tests(app: &App, tx: &mut Tx, id: i64) -> Result<(), Error> {
    let now = app.clock.now();
    let counted =
        sign_in_attempt::count_attempt(tx, &format!("test-mail:{id}"), now - TEST_WINDOW, now).await?;
    if counted.attempts <= TESTS_PER_WINDOW {
        return Ok(());
    }
    let seconds = (counted.window_start + TEST_WINDOW - now).num_seconds().max(1);
    let minutes = (seconds + 59) / 60;
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    Err(Error::TooMany {
        message: format!("Too many test mails. Try again in {minutes} {unit}."),
        retry_after_seconds: seconds,
    })
}

/// Queues many mails again; each gets an answer.
pub(crate) async fn resend_many(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    ids: &[i64],
) -> Result<Bulk, Error> {
    let mut change = Change::begin(app, caller, level, id, configure(level)?).await?;
    let ids = chosen("ids", ids)?;
    let here = |message: &MailMessage| {
        level == Level::Account || Route::of_row(message) == Some(Route::Organization(id))
    };
    let found = mail::list_chosen_mails(change.tx(), &ids).await?;
    let found: HashMap<i64, MailMessage> = found.into_iter().filter(here).map(|it| (it.id, it)).collect();
    let (mut rows, mut again) = (Vec::with_capacity(ids.len()), Vec::new());
    for id in ids {
        let row = match found.get(&id) {
            None => Row::refused(id, "This mail is not in the log any more."),
            Some(it) if !matches!(it.state.as_str(), "failed" | "unknown" | "sent") => {
                Row::refused(id, "This mail is waiting to be sent already.")
            }
            Some(it) => {
                again.push(id);
                Row::done(id, format!("The mail to {} will be sent again.", it.recipient))
            }
        };
        rows.push(row);
    }
    let now = change.now();
    mail::requeue_mails(change.tx(), &again, now).await?;
    for it in again.iter().filter_map(|id| found.get(id)) {
        change.queue(Job::SendMail { message_id: it.id });
        let event = Event::new(AuditAction::ResendMail, "mail", Some(it.id), it.recipient.as_str());
        change.record(event.at(change.scope()).detail("subject", it.subject.as_str()));
    }
    change.commit().await?;
    Ok(Bulk { rows, undo: None })
}

/// Queues a failed, unknown or sent mail again, on the same route as before.
pub(crate) async fn resend(
    app: &App,
    caller: &Caller,
    (level, id): (Level, i64),
    message_id: i64,
) -> Result<(), Error> {
    let mut change = Change::begin(app, caller, level, id, configure(level)?).await?;
    let message = mail::find_mail_message(change.tx(), message_id).await?;
    let here = |message: &MailMessage| {
        level == Level::Account || Route::of_row(message) == Some(Route::Organization(id))
    };
    let message = message.filter(here).ok_or(Error::NotFound)?;
    if !matches!(message.state.as_str(), "failed" | "unknown" | "sent") {
        return Err(Error::Conflict("This mail is waiting to be sent already.".into()));
    }
    let now = change.now();
    mail::update_mail_state(change.tx(), message_id, "queued", None, Some(now), None).await?;
    change.queue(Job::SendMail { message_id });
    let event = Event::new(AuditAction::ResendMail, "mail", Some(message_id), message.recipient.as_str())
        .at(change.scope())
        .detail("subject", message.subject.as_str());
    change.record(event);
    change.commit().await
}
