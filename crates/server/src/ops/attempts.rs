//! Limits guessing of passwords: attempts are counted before the password is looked at, per account and per address,
//! so that parallel guesses cannot slip past.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use testkeep_domain::account::EmailAddress;
use testkeep_store::{Tx, sign_in_attempt};

use crate::{App, Error};

pub const ATTEMPT_WINDOW: Duration = Duration::minutes(15);
const ATTEMPTS_PER_ACCOUNT: i64 = 10;
/// Higher: a whole office or CI farm may share one address.
const ATTEMPTS_PER_ADDRESS: i64 = 100;

/// What attempts are counted for.
pub(super) struct Subjects {
    account: String,
    address: String,
}

impl Subjects {
    /// What is no e-mail address shares one subject.
    pub(super) fn new(email: Option<&EmailAddress>, address: IpAddr) -> Self {
        let email = email.map_or("", EmailAddress::as_str);
        Self { account: format!("account:{email}"), address: format!("address:{}", network(address)) }
    }

    /// Asking for a reset, known address or not.
    pub(super) fn of_reset(email: &EmailAddress, address: IpAddr) -> Self {
        Self { account: format!("reset:{email}"), address: format!("reset-address:{}", network(address)) }
    }

    /// One attempt more, kept whatever comes of it.
    ///
    /// # Errors
    /// [`Error::TooMany`], and the password must not be looked at.
    pub(super) async fn count(&self, app: &App) -> Result<(), Error> {
        let now = app.clock.now();
        let mut tx = app.db.begin().await?;
        let limits = [(&self.account, ATTEMPTS_PER_ACCOUNT), (&self.address, ATTEMPTS_PER_ADDRESS)];
        let mut refused = None;
        // Both rows in the same order everywhere, so that two requests cannot wait for each other.
        for (subject, limit) in limits {
            let counted = sign_in_attempt::count_attempt(&mut tx, subject, now - ATTEMPT_WINDOW, now).await?;
            if counted.attempts > limit {
                refused = refused.or(Some(counted.window_start + ATTEMPT_WINDOW));
            }
        }
        tx.commit().await?;
        refused.map_or(Ok(()), |until| Err(too_many(until, now)))
    }

    /// The password was right.
    pub(super) async fn forgive(&self, tx: &mut Tx) -> Result<(), Error> {
        sign_in_attempt::forget_attempts(tx, &self.account).await?;
        Ok(sign_in_attempt::forgive_attempt(tx, &self.address).await?)
    }
}

fn too_many(until: DateTime<Utc>, now: DateTime<Utc>) -> Error {
    let seconds = (until - now).num_seconds().max(1);
    let minutes = (seconds + 59) / 60;
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    Error::TooMany {
        message: format!("Too many attempts. Try again in {minutes} {unit}."),
        retry_after_seconds: seconds,
    }
}

/// One IPv6 customer owns a /64, so that is what counts.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}
