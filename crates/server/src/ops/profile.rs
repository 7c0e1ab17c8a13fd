//! A person's own account: names, language and time zone, password, sessions.
//!
//! Changing the password and ending sessions need a session: a program with an API key must not lock its person out.

use testkeep_domain::Secret;
use testkeep_domain::account::{EmailAddress, name_problem, password_problem};
use testkeep_domain::mail::MailKind;
use testkeep_domain::preference::{language_problem, time_zone_problem};
use testkeep_store::user::{self, User, UserPatch};
use testkeep_store::{mail, session};

use super::attempts::Subjects;
use super::audit::{self, Event};
use super::sessions::{check_password, recovered_by_sql};
use crate::auth::Caller;
use crate::error::Fields;
use crate::{App, Error};

/// Fields of a password change.
pub const CURRENT_PASSWORD: &str = "current_password";
pub const NEW_PASSWORD: &str = "new_password";

pub async fn update_profile(app: &App, caller: &Caller, patch: UserPatch) -> Result<(), Error> {
    let patch = checked(patch)?;
    let mut tx = app.db.begin().await?;
    let before = user::find_user(&mut tx, caller.user_id).await?.ok_or(Error::Unauthorized)?;
    let mut event = Event::new("update_profile", "user", Some(caller.user_id), caller.email.as_str());
    let mut changes = false;
    for ((field, value), old) in fields(&patch).into_iter().zip(values(&before)) {
        if let Some(value) = value.as_ref().filter(|value| *value != old) {
            event = event.detail(field, value.as_str());
            changes = true;
        }
    }
    if !changes {
        return Ok(());
    }
    user::update_user(&mut tx, caller.user_id, patch).await?;
    audit::record(&mut tx, &caller.authorize_oneself(), event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// In the order of [`fields`].
fn values(user: &User) -> [&str; 4] {
    [
        &user.first_name,
        &user.last_name,
        user.language.as_deref().unwrap_or_default(),
        user.time_zone.as_deref().unwrap_or_default(),
    ]
}

fn fields(patch: &UserPatch) -> [(&'static str, &Option<String>); 4] {
    [
        ("first_name", &patch.first_name),
        ("last_name", &patch.last_name),
        ("language", &patch.language),
        ("time_zone", &patch.time_zone),
    ]
}

fn checked(patch: UserPatch) -> Result<UserPatch, Error> {
    let mut problems = Fields::new();
    for (field, value) in fields(&patch) {
        let problem = value.as_ref().and_then(|value| match field {
            "language" => language_problem(value),
            "time_zone" => time_zone_problem(value).map(Into::into),
            _ => name_problem(value).map(Into::into),
        });
        problems.extend(problem.map(|problem| (field.to_owned(), problem)));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid { message: "Correct the marked fields.".into(), fields: problems });
    }
    let trimmed = |name: Option<String>| name.map(|name| name.trim().to_owned());
    Ok(UserPatch { first_name: trimmed(patch.first_name), last_name: trimmed(patch.last_name), ..patch })
}

/// Every other session of the person ends.
pub async fn change_password(
    app: &App,
    caller: &Caller,
    current: &Secret,
    new: &Secret,
) -> Result<(), Error> {
    let session_id = caller.session()?;
    if let Some(problem) = password_problem(new.expose()) {
        return Err(Error::field(NEW_PASSWORD, problem));
    }
    let subjects = Subjects::new(EmailAddress::parse(&caller.email).ok().as_ref(), caller.address);
    subjects.count(app).await?;
    let user = user::find_user(&app.db, caller.user_id).await?.ok_or(Error::Unauthorized)?;
    if check_password(app, Some(&user), current).await?.is_none() {
        let message = "This is not your current password. Check it and try again.";
        return Err(Error::field(CURRENT_PASSWORD, message));
    }
    if new == current {
        return Err(Error::field(NEW_PASSWORD, "This is your current password. Choose another."));
    }
    let hash = app.passwords.hash(new).await?;
    replace_password(app, caller, &user, &hash, session_id, &subjects).await
}

async fn replace_password(
    app: &App,
    caller: &Caller,
    before: &User,
    hash: &str,
    session_id: i64,
    subjects: &Subjects,
) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    if !user::replace_password(&mut tx, before.id, &before.password, hash).await? {
        return Err(Error::Conflict(
            "Your password was changed somewhere else at this very moment. Sign in with the new one.".into(),
        ));
    }
    let ended = session::delete_other_sessions(&mut tx, before.id, session_id).await?;
    subjects.forgive(&mut tx).await?;
    let changed = Event::new("change_password", "user", Some(before.id), before.email.as_str())
        .detail("sessions_ended", ended);
    let recovered = (!before.password_encrypted).then(|| recovered_by_sql(before));
    let events = recovered.into_iter().chain([changed]).collect();
    audit::record_all(&mut tx, &caller.authorize_oneself(), events, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// One's own session, the asking one too.
pub async fn end_session(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    caller.session()?;
    let mut tx = app.db.begin().await?;
    let ended = session::delete_session_of_user(&mut tx, caller.user_id, id).await?.ok_or(Error::NotFound)?;
    let event = Event::new("end_session", "session", Some(id), caller.email.as_str())
        .detail("address", ended.address)
        .detail("user_agent", ended.user_agent);
    audit::record(&mut tx, &caller.authorize_oneself(), event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// All but the asking one.
pub async fn end_other_sessions(app: &App, caller: &Caller) -> Result<(), Error> {
    let session_id = caller.session()?;
    let mut tx = app.db.begin().await?;
    let ended = session::delete_other_sessions(&mut tx, caller.user_id, session_id).await?;
    if ended > 0 {
        let event = Event::new("end_other_sessions", "user", Some(caller.user_id), caller.email.as_str())
            .detail("sessions_ended", ended);
        audit::record(&mut tx, &caller.authorize_oneself(), event, app.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}

pub async fn update_notification(app: &App, caller: &Caller, kind: &str, enabled: bool) -> Result<(), Error> {
    let kind = MailKind::parse(kind).filter(|kind| kind.is_optional());
    let kind = kind.ok_or_else(|| Error::field("kind", "There is no such mail that can be switched off."))?;
    let mut tx = app.db.begin().await?;
    mail::put_mail_refusal(&mut tx, caller.user_id, kind.as_str(), !enabled).await?;
    let event = Event::new("update_notifications", "user", Some(caller.user_id), caller.email.as_str())
        .detail(kind.as_str(), enabled);
    audit::record(&mut tx, &caller.authorize_oneself(), event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
