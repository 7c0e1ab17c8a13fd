//! “Forgot your password”: request a link, get it by mail, choose a new password.
//!
//! A request does the same work for known and unknown email addresses. A link is derived from `conf/secret.key` and the
//! password it replaces, so any change of the password makes the link invalid.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_store::people::password_reset::{self, PasswordReset};
use testkeep_store::people::{member, session, user};
use testkeep_store::scopes::scope::ACCOUNT;
use testkeep_store::{Tx, mail_setting};

use crate::identity::token::{hash_token, same_secret};
use crate::mail::message::Message;
use crate::ops::audit::Event;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::people::attempts::Subject;
use crate::ops::people::passwords::hash_new;
use crate::ops::people::throttle;
use crate::queue::Job;
use crate::{App, Error};

pub(in crate::ops) const LIFETIME: Duration = Duration::hours(1);
const PURPOSE: &str = "password reset";

/// Whether the account has a mail server. Mail servers of organizations do not count: their admins could read the links
/// of all people, even an Owner's.
pub(crate) async fn is_possible(app: &App) -> Result<bool, Error> {
    Ok(mail_setting::find_mail_setting(&app.db, ACCOUNT).await?.is_some())
}

/// Queues a job that does the rest. Neither the answer nor its time shows whether the email address is known.
pub(crate) async fn request(app: &App, email: &str, address: IpAddr) -> Result<(), Error> {
    if !is_possible(app).await? {
        return Err(Error::Conflict(
            "No mail server is configured for the account. Ask your server admin to reset your password in the desktop \
             manager."
                .into(),
        ));
    }
    let email = EmailAddress::parse(email).map_err(|error| Error::field("email", error.to_string()))?;
    throttle::wait_to_ask_for_reset(app, address).await?;
    match Subject::reset_mails(&email).count(app).await {
        // Enough mails were sent to this address, and the newest link works. A refusal would let strangers lock people
        // out.
        Err(Error::TooMany { .. }) => return Ok(()),
        counted => counted?,
    }
    let mut change = Change::of(app, Authorized::by_the_server(Some(address))).await?;
    change.queue(Job::RequestPasswordReset { email: email.into() });
    change.commit().await
}

/// Sends a link, which replaces earlier ones, if the person is in the account. Does nothing for other addresses.
pub(crate) async fn send_link(app: &App, email: &EmailAddress) -> Result<(), Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let now = change.now();
    let person = user::find_user_by_email(change.tx(), email.as_str()).await?;
    let Some(person) = person else { return Ok(()) };
    let member = member::find_member(change.tx(), ACCOUNT, person.id).await?;
    let Some(member) = member else { return Ok(()) };
    if !member.password_sign_in {
        return Ok(());
    }
    let mut nonce = [0_u8; 32];
    getrandom::fill(&mut nonce).map_err(Error::internal)?;
    let hash = hash_token(&derive(app, &nonce, &person.password));
    let reset_id =
        password_reset::create_password_reset(change.tx(), person.id, &nonce, &hash, now + LIFETIME, now)
            .await?;
    change.mail(Message::PasswordReset { reset_id }, email.clone()).await?;
    change.commit().await
}

fn derive(app: &App, nonce: &[u8], password: &str) -> String {
    app.secret_key.derive_token(PURPOSE, &[nonce, password.as_bytes()].concat())
}

/// The link of a reset; `None` when it cannot work any more.
pub(crate) fn link(app: &App, reset: &PasswordReset, now: DateTime<Utc>) -> Option<String> {
    let token = derive(app, &reset.nonce, &reset.password);
    let works = reset.used_at.is_none()
        && reset.expires_at > now
        && same_secret(&hash_token(&token), &reset.token_hash);
    works.then(|| app.config.server_url.link(&format!("/reset-password#token={token}")))
}

/// Returns the email address whose password the link resets.
///
/// # Errors
/// [`Error::LinkUsed`] when the link was used; [`Error::LinkInvalid`] when it is unknown, replaced or expired.
pub(crate) async fn look(app: &App, token: &str) -> Result<String, Error> {
    let found = password_reset::find_password_reset_by_token(&app.db, &hash_token(token)).await?;
    Ok(require_alive(app, found)?.email)
}

/// Sets the new password and ends every session of the person. Returns the user id.
pub(crate) async fn reset(app: &App, token: &str, password: &Secret, address: IpAddr) -> Result<i64, Error> {
    // Checked before the expensive hash, so that a stranger without a link cannot cause the work.
    let email = look(app, token).await?;
    let person = user::find_user_by_email(&app.db, &email)
        .await?
        .ok_or_else(|| invalid("Nobody has this address."))?;
    let hash = hash_new(app, "password", password, &person).await?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let found = password_reset::find_password_reset_by_token(&mut tx, &hash_token(token)).await?;
    let reset = require_alive(app, found)?;
    let may = Authorized::known_person(reset.user_id, &reset.email, address);
    let mut change = Change::with(app, tx, may);
    if !password_reset::note_password_reset_used(change.tx(), reset.id, now).await? {
        return Err(used());
    }
    replace(change.tx(), &reset, &hash).await?;
    throttle::note_place(app, change.tx(), reset.user_id, address).await?;
    let event =
        Event::new(AuditAction::ResetPasswordByMail, "user", Some(reset.user_id), reset.email.as_str());
    change.record(event);
    change.commit().await?;
    Ok(reset.user_id)
}

async fn replace(tx: &mut Tx, reset: &PasswordReset, hash: &str) -> Result<(), Error> {
    if !user::replace_password(tx, reset.user_id, &reset.password, hash).await? {
        return Err(invalid("The password was changed meanwhile."));
    }
    // The account's mail server delivered the link to this address, so the address is proven.
    user::put_address_proven(tx, reset.user_id, true).await?;
    session::delete_sessions_of_user(tx, reset.user_id).await?;
    Ok(password_reset::delete_password_resets_of(tx, reset.user_id).await?)
}

fn require_alive(app: &App, found: Option<PasswordReset>) -> Result<PasswordReset, Error> {
    let reset = found.ok_or_else(|| {
        invalid(
            "It was replaced by a newer one, was not copied completely, or you may no longer sign in here.",
        )
    })?;
    if reset.used_at.is_some() {
        return Err(used());
    }
    if reset.expires_at <= app.clock.now() {
        return Err(invalid("It has expired."));
    }
    match link(app, &reset, app.clock.now()) {
        Some(_) => Ok(reset),
        None => Err(invalid("The password was changed since it was sent.")),
    }
}

fn used() -> Error {
    Error::LinkUsed(
        "This link has been used to reset password. Sign in with the new password, or ask for another link."
            .into(),
    )
}

fn invalid(reason: &str) -> Error {
    Error::LinkInvalid(format!("This link is not valid. {reason} Ask for another one."))
}
