//! Limits how often something may be tried, per subject and 15 minutes: passwords typed in an open session, and mails
//! that a stranger can cause. Sign-in has its own limits ([`crate::ops::people::throttle`]).
//!
//! An attempt is counted before it is made, so that parallel attempts cannot exceed the limit. Must never use a subject
//! that strangers share with a person, because strangers could then block that person.

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_store::Tx;
use testkeep_store::people::sign_in_attempt;

use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::{App, Error};

pub(crate) const ATTEMPT_WINDOW: Duration = Duration::minutes(15);
const LIMIT: i64 = 10;

/// What attempts are counted for, as one text.
pub(in crate::ops) struct Subject(String);

impl Subject {
    /// The person's own password, typed in a session. Only the holder of the session can use up these attempts.
    pub(in crate::ops) fn password_in_session(session_id: i64) -> Self {
        Self(format!("session:{session_id}"))
    }

    /// The old password of a removed person, typed by the holder of an invitation's link.
    pub(in crate::ops) fn password_by_link(email: &str) -> Self {
        // Counted per person, because an invitation is easily replaced by a new one.
        Self(format!("invitation:{email}"))
    }

    /// Mails with a reset link to an email address, whether or not it belongs to a user.
    pub(in crate::ops) fn reset_mails(email: &EmailAddress) -> Self {
        Self(format!("reset:{email}"))
    }

    /// Counts one attempt, whether or not it succeeds later.
    ///
    /// # Errors
    /// [`Error::TooMany`] above the limit: the caller must not make the attempt.
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

    /// Deletes the counter after a right password.
    pub(in crate::ops) async fn forgive(&self, tx: &mut Tx) -> Result<(), Error> {
        Ok(sign_in_attempt::forget_attempts(tx, &self.0).await?)
    }
}

fn too_many(until: DateTime<Utc>, now: DateTime<Utc>) -> Error {
    // After the clock was set back, a window may lie in the future; the wait is never longer than one window.
    let seconds = (until - now).min(ATTEMPT_WINDOW).num_seconds().max(1);
    let minutes = (seconds + 59) / 60;
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    Error::TooMany {
        message: format!("Too many attempts. Try again in {minutes} {unit}."),
        retry_after_seconds: seconds,
    }
}
