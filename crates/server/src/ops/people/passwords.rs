//! Sets and checks passwords, with the same rules for every entrance; resets a person's password from the server
//! machine.

use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::audit::AuditAction;
use testkeep_domain::password::{NewPassword, Owner, normalized};
use testkeep_store::Tx;
use testkeep_store::people::user::User;
use testkeep_store::people::{password_reset, session, user};
use testkeep_store::scopes::scope::ACCOUNT;
use testkeep_store::scopes::{organization, scope};

use crate::identity::token::same_secret;
use crate::ops::audit::Event;
use crate::ops::authorized::{Authorized, Installation};
use crate::ops::change::Change;
use crate::{App, Error};

/// Checks the new password of a user and returns its hash.
///
/// # Errors
/// [`Error::Invalid`] of `field`, with the rule that the password breaks.
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

/// The result of checking a right password.
pub(in crate::ops) struct CheckedPassword {
    /// The hash to store; `None`: the stored one stays.
    pub new_hash: Option<String>,
    /// The stored value was plain text, which somebody had set by SQL to recover access.
    pub is_recovery: bool,
}

/// Returns `None` for a wrong password. New hashes are of the password's normalized Unicode form; older hashes may be
/// of the text exactly as typed.
pub(in crate::ops) async fn check_password(
    app: &App,
    user: Option<&User>,
    typed: &Secret,
) -> Result<Option<CheckedPassword>, Error> {
    let password = normalized(typed);
    if let Some(user) = user.filter(|user| !user.password_encrypted) {
        let hash = app.passwords.hash(&password).await?;
        let plain = normalized(&Secret::new(user.password.as_str()));
        let same = same_secret(plain.expose().as_bytes(), password.expose().as_bytes());
        return Ok((same && !password.is_empty())
            .then_some(CheckedPassword { new_hash: Some(hash), is_recovery: true }));
    }
    let hash = user.map(|user| user.password.as_str());
    if app.passwords.verify(&password, hash).await? {
        return Ok(Some(CheckedPassword { new_hash: None, is_recovery: false }));
    }
    // Also done without a user, so that known and unknown addresses take the same time.
    if password != *typed && app.passwords.verify(typed, hash).await? {
        let new_hash = Some(app.passwords.hash(&password).await?);
        return Ok(Some(CheckedPassword { new_hash, is_recovery: false }));
    }
    Ok(None)
}

/// Sets the password and ends every session of the person.
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
