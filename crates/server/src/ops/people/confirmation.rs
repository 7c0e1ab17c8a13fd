//! Asks for proof before an action whose effect outlives the session: a sign-in a moment ago, or the password again.
//!
//! Without it, somebody who got hold of a session could keep access after it ended.

use chrono::Duration;
use testkeep_domain::Secret;
use testkeep_store::people::{session, user};

use crate::identity::auth::Caller;
use crate::ops::change::Change;
use crate::ops::people::attempts::Subject;
use crate::ops::people::passwords::check_password;
use crate::{App, Error};

/// A sign-in is enough proof for this time.
const FRESH: Duration = Duration::minutes(10);
const PASSWORD: &str = "password";

/// # Errors
/// [`Error::Invalid`] of `password`: it is needed or wrong. [`Error::Forbidden`] for a program with an API key.
pub(in crate::ops) async fn require_confirmed(
    app: &App,
    caller: &Caller,
    password: Option<&Secret>,
) -> Result<(), Error> {
    let session_id = caller.session()?;
    let now = app.clock.now();
    let began = session::find_session_start(&app.db, session_id).await?.ok_or(Error::Unauthorized)?;
    let Some(password) = password else {
        if began <= now && now - began <= FRESH {
            return Ok(());
        }
        let message =
            "You signed in more than 10 minutes ago. Enter your password to confirm that it is you.";
        return Err(Error::field(PASSWORD, message));
    };
    let attempts = Subject::password_in_session(session_id);
    attempts.count(app).await?;
    let user = user::find_user(&app.db, caller.user_id).await?.ok_or(Error::Unauthorized)?;
    if check_password(app, Some(&user), password).await?.is_none() {
        return Err(Error::field(PASSWORD, "This is not your password. Check it and try again."));
    }
    let mut change = Change::of(app, caller.authorize_oneself()).await?;
    attempts.forgive(change.tx()).await?;
    change.commit().await
}
