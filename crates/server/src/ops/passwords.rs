//! Sets a person's password from the server machine, for people who lost it.

use testkeep_domain::Secret;
use testkeep_domain::account::{EmailAddress, password_problem};
use testkeep_store::{session, user};

use super::audit::{self, Event};
use super::authorized::{Authorized, Installation};
use crate::{App, Error};

/// Every session of the person ends.
pub async fn reset_password(
    app: &App,
    may: &Authorized<Installation>,
    email: &str,
    password: &Secret,
) -> Result<(), Error> {
    let email = EmailAddress::parse(email).map_err(|error| Error::field("email", error.to_string()))?;
    if let Some(problem) = password_problem(password.expose()) {
        return Err(Error::field("password", problem));
    }
    let hash = app.passwords.hash(password).await?;
    let mut tx = app.db.begin().await?;
    let Some(person) = user::find_user_by_email(&mut tx, email.as_str()).await? else {
        return Err(Error::field(
            "email",
            format!("Nobody here has the address {email}. Check the spelling."),
        ));
    };
    user::update_password(&mut tx, person.id, &hash).await?;
    session::delete_sessions_of_user(&mut tx, person.id).await?;
    let event = Event::new("reset_password", "user", Some(person.id), email.as_str());
    audit::record(&mut tx, may, event, app.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(user = person.id, by = may.actor().name, "password reset");
    Ok(())
}
