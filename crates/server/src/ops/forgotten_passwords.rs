//! “Forgot your password”: ask, get a link by mail, choose a new password.
//!
//! Asking does the same work for known and unknown addresses. A link is derived from `conf/secret.key` and the password
//! it replaces, so that any change of the password, by whatever way, kills it.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::Secret;
use testkeep_domain::account::{EmailAddress, password_problem};
use testkeep_store::password_reset::{self, PasswordReset};
use testkeep_store::scope::ACCOUNT;
use testkeep_store::{Tx, mail, member, session, user};

use super::attempts::Subjects;
use super::audit::{self, Event};
use super::authorized::Authorized;
use crate::jobs::Job;
use crate::mail::message::Message;
use crate::token::{hash_token, same_secret};
use crate::{App, Error};

const LIFETIME: Duration = Duration::hours(1);
const PURPOSE: &str = "password reset";

/// Queues the rest. Neither answer nor time says whether the address is known.
pub async fn request(app: &App, email: &str, address: IpAddr) -> Result<(), Error> {
    if !mail::is_mail_configured(&app.db).await? {
        return Err(Error::Conflict(
            "No mail server is configured. Ask your server admin to reset your password in the desktop manager."
                .into(),
        ));
    }
    let email = EmailAddress::parse(email).map_err(|error| Error::field("email", error.to_string()))?;
    Subjects::of_reset(&email, address).count(app).await?;
    let mut tx = app.db.begin().await?;
    Job::RequestPasswordReset { email: email.into() }.queue(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

/// For somebody who is in the account: a link that replaces earlier ones. For anybody else: nothing.
pub(crate) async fn send_link(app: &App, email: &EmailAddress) -> Result<(), Error> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some(person) = user::find_user_by_email(&mut tx, email.as_str()).await? else { return Ok(()) };
    let Some(member) = member::find_member(&mut tx, ACCOUNT, person.id).await? else { return Ok(()) };
    if !member.password_sign_in {
        return Ok(());
    }
    let mut nonce = [0_u8; 32];
    getrandom::fill(&mut nonce).map_err(Error::internal)?;
    let hash = hash_token(&derive(app, &nonce, &person.password));
    let reset_id =
        password_reset::create_password_reset(&mut tx, person.id, &nonce, &hash, now + LIFETIME, now).await?;
    let scope = mail::find_sending_scope(&mut tx, person.id).await?;
    Message::PasswordReset { reset_id }.queue(app, &mut tx, scope, email).await?;
    tx.commit().await?;
    app.jobs.wake();
    Ok(())
}

fn derive(app: &App, nonce: &[u8], password: &str) -> String {
    app.secret_key.derive_token(PURPOSE, &[nonce, password.as_bytes()].concat())
}

/// `None` once it cannot work any more.
pub(crate) fn link(app: &App, reset: &PasswordReset, now: DateTime<Utc>) -> Option<String> {
    let token = derive(app, &reset.nonce, &reset.password);
    let works = reset.used_at.is_none()
        && reset.expires_at > now
        && same_secret(&hash_token(&token), &reset.token_hash);
    works.then(|| app.config.server_url.link(&format!("/reset-password#token={token}")))
}

/// The address that a link resets.
///
/// # Errors
/// [`Error::LinkUsed`], [`Error::LinkInvalid`]
pub async fn look(app: &App, token: &str) -> Result<String, Error> {
    let found = password_reset::find_password_reset_by_token(&app.db, &hash_token(token)).await?;
    Ok(require_alive(app, found)?.email)
}

/// Every session of the person ends.
pub async fn reset(app: &App, token: &str, password: &Secret, address: IpAddr) -> Result<(), Error> {
    // Before the expensive hash: a stranger without a link gets none of it.
    look(app, token).await?;
    if let Some(problem) = password_problem(password.expose()) {
        return Err(Error::field("password", problem));
    }
    let hash = app.passwords.hash(password).await?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let found = password_reset::find_password_reset_by_token(&mut tx, &hash_token(token)).await?;
    let reset = require_alive(app, found)?;
    if !password_reset::note_password_reset_used(&mut tx, reset.id, now).await? {
        return Err(used());
    }
    change(&mut tx, &reset, &hash).await?;
    let may = Authorized::known_person(reset.user_id, &reset.email, address);
    let event = Event::new("reset_password_by_mail", "user", Some(reset.user_id), reset.email.as_str());
    audit::record(&mut tx, &may, event, now).await?;
    Ok(tx.commit().await?)
}

async fn change(tx: &mut Tx, reset: &PasswordReset, hash: &str) -> Result<(), Error> {
    if !user::replace_password(tx, reset.user_id, &reset.password, hash).await? {
        return Err(invalid("The password was changed meanwhile."));
    }
    session::delete_sessions_of_user(tx, reset.user_id).await?;
    Ok(password_reset::delete_password_resets_of(tx, reset.user_id).await?)
}

fn require_alive(app: &App, found: Option<PasswordReset>) -> Result<PasswordReset, Error> {
    let reset =
        found.ok_or_else(|| invalid("It was replaced by a newer one, or was not copied completely."))?;
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
