//! Detects a clock that was set back.
//!
//! The database stores the latest time ever seen, called the mark. The clock may be up to 24 h behind it. Beyond that
//! no new seats are granted, while running sessions and sign-in continue, and the pages explain the solution: correct
//! the clock, or, if the mark is wrong, set the mark back (`ops::installation::clock`).

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::installation::setting;
use testkeep_store::on::On;
use testkeep_store::{Db, Tx};
use utoipa::ToSchema;

use crate::Error;

const LATEST_TIME_SEEN: &str = "latest_time_seen";
/// The setting with the time up to which housekeeping trusts the clock.
pub(crate) const TIDIED_UNTIL: &str = "tidied_until";
pub(crate) const TOLERATED: Duration = Duration::hours(24);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClockState {
    Ok,
    /// The clock is more than 24 h behind the latest time that this installation has seen.
    SetBack,
}

/// Compares `now` with the latest time seen.
pub(crate) async fn clock_state(db: &Db, now: DateTime<Utc>) -> Result<ClockState, Error> {
    let seen = setting::find_setting(db, LATEST_TIME_SEEN).await?;
    Ok(if is_set_back(seen.as_deref(), now) { ClockState::SetBack } else { ClockState::Ok })
}

/// `seen`: the latest time that this installation has seen, as stored.
pub(crate) fn is_set_back(seen: Option<&str>, now: DateTime<Utc>) -> bool {
    seen.and_then(read_time).is_some_and(|seen| now < seen - TOLERATED)
}

/// Moves the mark forward, never back.
pub async fn note_time(db: &Db, now: DateTime<Utc>) -> Result<(), Error> {
    if latest_time_seen(db).await?.is_some_and(|seen| seen >= now) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    put_mark(&mut tx, now).await?;
    Ok(tx.commit().await?)
}

/// Sets the mark to `now`, even if that is earlier. Returns the former mark.
pub(crate) async fn put_mark(tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
    let before = latest_time_seen(&mut *tx).await?;
    let text = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    setting::put_setting(tx, LATEST_TIME_SEEN, &text, now).await?;
    Ok(before)
}

/// Stores the time up to which housekeeping trusts the clock. With `now`, housekeeping trusts it however long ago its
/// last run was.
pub(crate) async fn believe_clock(
    tx: &mut Tx,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let text = until.to_rfc3339_opts(SecondsFormat::Millis, true);
    Ok(setting::put_setting(tx, TIDIED_UNTIL, &text, now).await?)
}

pub(crate) async fn latest_time_seen(on: impl Into<On<'_>>) -> Result<Option<DateTime<Utc>>, Error> {
    let text = setting::find_setting(on, LATEST_TIME_SEEN).await?;
    Ok(text.as_deref().and_then(read_time))
}

pub(crate) fn read_time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}
