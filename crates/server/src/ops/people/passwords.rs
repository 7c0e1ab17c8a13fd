//! Choosing passwords and looking at them, the same at every door; and setting somebody's from the server machine.

use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::password::{NewPassword, Owner, normalized};
use testkeep_store::scope::ACCOUNT;
use testkeep_store::user::User;
use testkeep_store::{Tx, organization, password_reset, scope, session, user};

use crate::identity::token::same_secret;
use crate::ops::audit::Event;
use crate::ops::authorized::{Authorized, Installation};
use crate::ops::change::Change;
use crate::{App, Error};

/// A new password of somebody who has an account: its hash.
///
/// # Errors
/// [`Error::Invalid`] of `field`: why it will not do.
pub(in crate::ops) async fn hash_new(
    app: &App,
    field: &str,
    password: &Secret,
    person: &User,
) -> Result<String, Error> {
    let account = scope::find_scope(&app.db, ACCOUNT).await?.map(|account| account.name);
    let organizations = organization::list_organizations(&app.db, person.id, false).await?;
    let places = organizations.iter().map(|row| row.name.as_str()).chain(account.as_deref()).collect();
    let owner =
        Owner { email: &person.email, first_name: &person.first_name, last_name: &person.last_name, places };
    let chosen = NewPassword::choose(password, &owner).map_err(|problem| Error::field(field, problem))?;
    app.passwords.hash(chosen.secret()).await
}

/// A password that was right.
pub(in crate::ops) struct Right {
    /// What the table shall hold from now on; `None`: what it holds.
    pub new_hash: Option<String>,
    /// The plain value that somebody had set by SQL.
    pub is_recovery: bool,
}

/// `None`: wrong. Passwords are hashed in one form of Unicode; older hashes may be of what was typed.
pub(in crate::ops) async fn check_password(
    app: &App,
    user: Option<&User>,
    typed: &Secret,
) -> Result<Option<Right>, Error> {
    let password = normalized(typed);
    if let Some(user) = user.filter(|user| !user.password_encrypted) {
        let hash = app.passwords.hash(&password).await?;
        let plain = normalized(&Secret::new(user.password.as_str()));
        let same = same_secret(plain.expose().as_bytes(), password.expose().as_bytes());
        return Ok(
            (same && !password.is_empty()).then_some(Right { new_hash: Some(hash), is_recovery: true })
        );
    }
    let hash = user.map(|user| user.password.as_str());
    if app.passwords.verify(&password, hash).await? {
        return Ok(Some(Right { new_hash: None, is_recovery: false }));
    }
    // Also without a user: both take the same time.
    if password != *typed && app.passwords.verify(typed, hash).await? {
        let new_hash = Some(app.passwords.hash(&password).await?);
        return Ok(Some(Right { new_hash, is_recovery: false }));
    }
    Ok(None)
}

/// Every session of the person ends.
pub async fn reset_password(
    app: &App,
    may: Authorized<Installation>,
    email: &str,
    password: &Secret,
) -> Result<(), Error> {
    let email = EmailAddress::of_sign_in(email).map_err(|error| Error::field("email", error.to_string()))?;
    let nobody = || {
        let message = format!("Nobody here has the address {email}. Check the spelling.");
        Error::field("email", message)
    };
    let person = user::find_user_by_email(&app.db, email.as_str()).await?.ok_or_else(nobody)?;
    let hash = hash_new(app, "password", password, &person).await?;
    let by = may.actor().name.clone();
    let mut change = Change::of(app, may).await?;
    let person = user::find_user_by_email(change.tx(), email.as_str()).await?.ok_or_else(nobody)?;
    set(change.tx(), person.id, &hash).await?;
    change.record(Event::new(AuditAction::ResetPassword, "user", Some(person.id), email.as_str()));
    change.commit().await?;
    tracing::info!(user = person.id, by, "password reset");
    Ok(())
}

async fn set(tx: &mut Tx, user_id: i64, hash: &str) -> Result<(), Error> {
    user::update_password(tx, user_id, hash).await?;
    session::delete_sessions_of_user(tx, user_id).await?;
    Ok(password_reset::delete_password_resets_of(tx, user_id).await?)
}
