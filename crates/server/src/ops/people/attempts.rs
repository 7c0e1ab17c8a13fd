//! Limits how often something is tried, per subject and 15 minutes: passwords in a session that was opened already, and
//! mails that a stranger can cause. Signing in has its own limits ([`crate::ops::people::throttle`]).
//!
//! Attempts are counted first, so that parallel ones cannot slip past. Whoever is limited here is limited alone: no
//! subject is one that strangers share with the person.

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_store::{Tx, sign_in_attempt};

use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::{App, Error};

pub const ATTEMPT_WINDOW: Duration = Duration::minutes(15);
const LIMIT: i64 = 10;

/// What attempts are counted for.
pub(in crate::ops) struct Subject(String);

impl Subject {
    /// The person's own password, asked for in a session: only who holds the session uses up these attempts.
    pub(in crate::ops) fn password_in_session(session_id: i64) -> Self {
        Self(format!("session:{session_id}"))
    }

    /// Of somebody who was removed and holds an invitation's link.
    pub(in crate::ops) fn password_by_link(email: &str) -> Self {
        // Of the person: an invitation is easily replaced by another.
        Self(format!("invitation:{email}"))
    }

    /// Mails with a reset link to an address, known here or not.
    pub(in crate::ops) fn reset_mails(email: &EmailAddress) -> Self {
        Self(format!("reset:{email}"))
    }

    /// One attempt more, kept whatever comes of it.
    ///
    /// # Errors
    /// [`Error::TooMany`], and nothing may be done.
    pub(in crate::ops) async fn count(&self, app: &App) -> Result<(), Error> {
        let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
        let now = change.now();
        let counted = sign_in_attempt::count_attempt(change.tx(), &self.0, now - ATTEMPT_WINDOW, now).await?;
        change.commit().await?;
        if counted.attempts > LIMIT {
            return Err(too_many(counted.window_start + ATTEMPT_WINDOW, now));
        }
        Ok(())
    }

    /// The password was right.
    pub(in crate::ops) async fn forgive(&self, tx: &mut Tx) -> Result<(), Error> {
        Ok(sign_in_attempt::forget_attempts(tx, &self.0).await?)
    }
}

fn too_many(until: DateTime<Utc>, now: DateTime<Utc>) -> Error {
    // A clock that was set back leaves windows in the future: none lasts longer than itself.
    let seconds = (until - now).min(ATTEMPT_WINDOW).num_seconds().max(1);
    let minutes = (seconds + 59) / 60;
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    Error::TooMany {
        message: format!("Too many attempts. Try again in {minutes} {unit}."),
        retry_after_seconds: seconds,
    }
}
