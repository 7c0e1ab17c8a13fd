//! Housekeeping: deletes old rows, and repairs times that a clock in the future has written.
//!
//! Rows are deleted in small pieces, each a short transaction with an index, so that no request waits long. Must never
//! delete much at once after a jump of the clock: people find a wrong clock too late, and deleted rows are lost.

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_store::installation::{folded, setting};
use testkeep_store::people::{
    invitation, known_place, password_reset, session, sign_in_attempt, sign_in_throttle, undo,
};
use testkeep_store::{Tx, job, licenses, mail};

use super::remind_of_license_end;
use crate::clock_guard::{self, TIDIED_UNTIL};
use crate::identity::lifetime::SESSION_IDLE;
use crate::ops::installation::{clock, second_installation};
use crate::ops::people::attempts::ATTEMPT_WINDOW;
use crate::ops::people::throttle::{KEEP_COUNTERS, PLACE_LIFETIME};
use crate::ops::reports::slots;
use crate::{App, Error};

const KEEP_PARKED: TimeDelta = TimeDelta::days(30);
const KEEP_MAIL_LOG: TimeDelta = TimeDelta::days(180);
/// Used links are kept for this time, so that they can be answered as used.
const KEEP_LINKS: TimeDelta = TimeDelta::days(30);
/// Longer than the job that ends it is tried.
const KEEP_UNDO: TimeDelta = TimeDelta::days(2);
const KEEP_INVITATIONS: TimeDelta = TimeDelta::days(90);
/// A clock that was ahead may be set right as late as this.
const KEEP_FREED_SEATS: TimeDelta = TimeDelta::days(30);
/// License use of a year, with some days in addition.
const KEEP_LICENSE_USE: TimeDelta = TimeDelta::days(400);
/// Maximum number of rows in one transaction.
const PIECE: i64 = 500;

/// A run that deletes trusts the clock only up to this much beyond the last run. After a jump of years, ten minutes
/// delete only the oldest hour of each kind, not everything. A server that was off for a month needs some days to catch
/// up.
const TRUSTED_ADVANCE: TimeDelta = TimeDelta::hours(1);
/// If the trusted time is further behind the clock than this, no reminders of a license's end are sent, because the
/// clock may be wrong. A clock that has been steady since the start is trusted: then the server was off.
const DOUBTED: TimeDelta = TimeDelta::days(7);
/// # Errors
/// As [`run_housekeeping`].
pub(super) async fn run(app: &App) -> Result<(), Error> {
    // Rows of an older version are found by searches only after this.
    if let Err(error) = folded::fold_texts(&app.db).await {
        tracing::warn!(%error, "older records cannot be searched completely yet; it is tried again in ten minutes");
    }
    run_housekeeping(app).await
}

/// One run of housekeeping.
///
/// # Errors
/// The errors of the database.
pub async fn run_housekeeping(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    app.db.renew_mark().await?;
    let seen_before = clock_guard::latest_time_seen(&app.db).await?;
    clock_guard::note_time(&app.db, now).await?;
    let pools = app.licensing.pools(&app.db, now).await?;
    let mut tx = app.db.begin().await?;
    clock::cap_times(&mut tx, &pools, now).await?;
    let until = tidied_until(&mut tx, seen_before, now).await?;
    tx.commit().await?;
    delete_old_rows(app, until).await?;
    slots::read_silent(app).await?;
    slots::delete_expired(app, until).await?;
    second_installation::look(app).await?;
    if now - until > DOUBTED && !app.clock_is_steady(now) {
        tracing::warn!(
            days = (now - until).num_days(),
            "the clock is far ahead of the last run: old records are deleted slowly, and no reminders of a license's \
             end are sent; if the clock is wrong, set it right and run testkeep-server clock reset"
        );
        return Ok(());
    }
    remind_of_license_end::notify(app).await
}

/// Returns the time up to which this run trusts the clock, and stores it for the next run.
async fn tidied_until(
    tx: &mut Tx,
    seen_before: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Error> {
    let kept = setting::find_setting(&mut *tx, TIDIED_UNTIL).await?;
    let last = kept.as_deref().and_then(clock_guard::read_time).or(seen_before);
    let until = trusted_until(last, now);
    clock_guard::believe_clock(tx, until, now).await?;
    Ok(until)
}

fn trusted_until(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    last.map_or(now, |last| now.min(last + TRUSTED_ADVANCE))
}

/// Deletes pieces until a piece is not full.
macro_rules! delete_all {
    ($app:expr, $($delete:path, $before:expr;)*) => {
        $(loop {
            let mut tx = $app.db.begin().await?;
            let deleted = $delete(&mut tx, $before, PIECE).await?;
            tx.commit().await?;
            if deleted < PIECE.unsigned_abs() {
                break;
            }
        })*
    };
}

async fn delete_old_rows(app: &App, until: DateTime<Utc>) -> Result<(), Error> {
    delete_all! { app,
        session::delete_expired_sessions, until;
        session::delete_idle_sessions, until - SESSION_IDLE;
        sign_in_attempt::delete_old_attempts, until - ATTEMPT_WINDOW;
        sign_in_throttle::delete_old_throttles, until - KEEP_COUNTERS;
        known_place::delete_old_known_places, until - PLACE_LIFETIME;
        undo::delete_old_undos, until - KEEP_UNDO;
        job::delete_old_parked_jobs, until - KEEP_PARKED;
        mail::delete_old_mail_messages, until - KEEP_MAIL_LOG;
        password_reset::delete_old_password_resets, until - KEEP_LINKS;
        invitation::delete_old_invitations, until - KEEP_INVITATIONS;
        licenses::freed::delete_old_freed_seats, until - KEEP_FREED_SEATS;
        licenses::session::delete_old_sessions, until - KEEP_LICENSE_USE;
        licenses::denial::delete_old_denials, until - KEEP_LICENSE_USE;
        licenses::returned::delete_old_returns, until - KEEP_LICENSE_USE;
        licenses::usage::delete_old_hours, until - KEEP_LICENSE_USE;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_leaps() {
        let at = |hours: i64| DateTime::from_timestamp(hours * 3600, 0).unwrap();
        assert_eq!(trusted_until(None, at(5)), at(5), "a new installation has nothing to delete");
        assert_eq!(trusted_until(Some(at(5)), at(5)), at(5));
        assert_eq!(trusted_until(Some(at(5)), at(80_000)), at(6), "a clock years ahead");
        assert_eq!(trusted_until(Some(at(80_000)), at(5)), at(5), "the clock is right again");
    }
}
