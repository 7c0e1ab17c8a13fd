//! A person's own account: names, language and time zone, password, sessions.
//!
//! Changing the password and ending sessions need a session: a program with an API key must not lock its person out.

use std::collections::HashSet;

use testkeep_domain::Secret;
use testkeep_domain::account::name_problem;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::mail::MailKind;
use testkeep_domain::password::normalized;
use testkeep_domain::preference::{language_problem, time_zone_problem};
use testkeep_store::mail;
use testkeep_store::people::session;
use testkeep_store::people::user::{self, User, UserPatch};

use crate::http::error::Fields;
use crate::identity::auth::Caller;
use crate::ops::audit::Event;
use crate::ops::bulk::{Bulk, Row, chosen};
use crate::ops::change::Change;
use crate::ops::people::attempts::Subject;
use crate::ops::people::passwords::{check_password, hash_new};
use crate::ops::people::sessions::recovered_by_sql;
use crate::{App, Error};

/// Fields of a password change.
pub(crate) const CURRENT_PASSWORD: &str = "current_password";
pub(crate) const NEW_PASSWORD: &str = "new_password";

pub(crate) async fn update_profile(app: &App, caller: &Caller, patch: UserPatch) -> Result<(), Error> {
    let patch = checked(patch)?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let before = user::find_user(change.tx(), caller.user_id).await?.ok_or(Error::Unauthorized)?;
    let mut event =
        Event::new(AuditAction::UpdateProfile, "user", Some(caller.user_id), caller.email.as_str());
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
    user::update_user(change.tx(), caller.user_id, patch).await?;
    change.record(event);
    change.commit().await
}

/// The values of the fields, in the order of [`fields`].
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
            _ => name_problem(value),
        });
        problems.extend(problem.map(|problem| (field.to_owned(), problem)));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid { message: "Correct the marked fields.".into(), fields: problems });
    }
    let trimmed = |name: Option<String>| name.map(|name| name.trim().to_owned());
    Ok(UserPatch { first_name: trimmed(patch.first_name), last_name: trimmed(patch.last_name), ..patch })
}

/// Changes the password and ends every other session of the person.
pub(crate) async fn change_password(
    app: &App,
    caller: &Caller,
    current: &Secret,
    new: &Secret,
) -> Result<(), Error> {
    let session_id = caller.session()?;
    let attempts = Subject::password_in_session(session_id);
    attempts.count(app).await?;
    let user = user::find_user(&app.db, caller.user_id).await?.ok_or(Error::Unauthorized)?;
    let hash = hash_new(app, NEW_PASSWORD, new, &user).await?;
    if check_password(app, Some(&user), current).await?.is_none() {
        let message = "This is not your current password. Check it and try again.";
        return Err(Error::field(CURRENT_PASSWORD, message));
    }
    if normalized(new) == normalized(current) {
        return Err(Error::field(NEW_PASSWORD, "This is your current password. Choose another."));
    }
    replace_password(app, caller, &user, &hash, session_id, &attempts).await
}

async fn replace_password(
    app: &App,
    caller: &Caller,
    before: &User,
    hash: &str,
    session_id: i64,
    attempts: &Subject,
) -> Result<(), Error> {
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    if !user::replace_password(change.tx(), before.id, &before.password, hash).await? {
        return Err(Error::Conflict(
            "Your password was changed somewhere else at this very moment. Sign in with the new one.".into(),
        ));
    }
    let ended = session::delete_other_sessions(change.tx(), before.id, session_id).await?;
    attempts.forgive(change.tx()).await?;
    let changed = Event::new(AuditAction::ChangePassword, "user", Some(before.id), before.email.as_str())
        .detail("sessions_ended", ended);
    let recovered = (!before.password_encrypted).then(|| recovered_by_sql(before));
    change.record_all(recovered.into_iter().chain([changed]));
    change.commit().await
}

/// Ends one of the caller's own sessions; this may be the session of the request.
pub(crate) async fn end_session(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    caller.session()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let ended =
        session::delete_session_of_user(change.tx(), caller.user_id, id).await?.ok_or(Error::NotFound)?;
    let event = Event::new(AuditAction::EndSession, "session", Some(id), caller.email.as_str())
        .detail("address", ended.address)
        .detail("user_agent", ended.user_agent);
    change.record(event);
    change.commit().await
}

/// Ends many of the caller's own sessions, but not the session of the request; each gets an answer.
pub(crate) async fn end_sessions(app: &App, caller: &Caller, ids: &[i64]) -> Result<Bulk, Error> {
    let current = caller.session()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let ids = chosen("ids", ids)?;
    let others: Vec<i64> = ids.iter().copied().filter(|id| *id != current).collect();
    let ended = session::delete_own_sessions(change.tx(), caller.user_id, &others).await?;
    let done: HashSet<i64> = ended.iter().map(|it| it.id).collect();
    for session in ended {
        let event = Event::new(AuditAction::EndSession, "session", Some(session.id), caller.email.as_str());
        change.record(event.detail("address", session.address).detail("user_agent", session.user_agent));
    }
    change.commit().await?;
    let rows = ids.into_iter().map(|id| match id {
        id if done.contains(&id) => Row::done(id, "The session was ended."),
        id if id == current => Row::refused(id, "You are using this session. Sign out to end it."),
        id => Row::refused(id, "This session has ended already."),
    });
    Ok(Bulk { rows: rows.collect(), undo: None })
}

/// Ends all of the caller's sessions except the session of the request.
pub(crate) async fn end_other_sessions(app: &App, caller: &Caller) -> Result<(), Error> {
    let session_id = caller.session()?;
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    let ended = session::delete_other_sessions(change.tx(), caller.user_id, session_id).await?;
    if ended > 0 {
        let event =
            Event::new(AuditAction::EndOtherSessions, "user", Some(caller.user_id), caller.email.as_str())
                .detail("sessions_ended", ended);
        change.record(event);
    }
    change.commit().await
}

pub(crate) async fn update_notification(
    app: &App,
    caller: &Caller,
    kind: MailKind,
    enabled: bool,
) -> Result<(), Error> {
    if !kind.is_optional() {
        return Err(Error::field("kind", "This mail cannot be switched off."));
    }
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    mail::put_mail_refusal(change.tx(), caller.user_id, kind.as_str(), !enabled).await?;
    let event =
        Event::new(AuditAction::UpdateNotifications, "user", Some(caller.user_id), caller.email.as_str())
            .detail(kind.as_str(), enabled);
    change.record(event);
    change.commit().await
}
