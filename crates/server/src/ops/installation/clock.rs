//! Repairs after a wrong clock: reduces times that lie in the future, and sets back the latest time seen.
//!
//! Setting back the latest time seen could make an expired license valid again. So only an Owner may do it, or a person
//! at the server machine, or a file that the vendor has just signed. It is recorded, and the time never goes back
//! before the issue of a license.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::{Product, Returns};
use testkeep_store::Tx;
use testkeep_store::installation::clock::{self, LatestTimes};

use crate::entitlements::Pools;
use crate::identity::lifetime::SESSION_LIFETIME;
use crate::ops::audit::Event;
use crate::ops::authorized::Installation;
use crate::ops::change::Change;
use crate::ops::leases::{LEASE_OF_EXISTING_CLIENTS, LONGEST_BORROWED};
use crate::ops::people::{forgotten_passwords, invitations};
use crate::ops::reports::slots;
use crate::queue::Kind;
use crate::{App, Error, clock_guard};

/// The clock of another server on the same database may be ahead by this much.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);
/// A license file may be issued this much ahead of the server's clock; the import has the same limit.
const TOLERATED: TimeDelta = TimeDelta::hours(24);
/// The issue time of a file that is not older than this confirms the clock.
const RECENT: TimeDelta = TimeDelta::days(30);

/// Reduces every time that lies too far ahead to its longest sensible value.
///
/// Leases that were signed with a clock ahead of time are valid for longer than they should be. With
/// [`Returns::Counted`] their seats count until these leases end, but only up to the lead that the clock guard
/// tolerates.
pub(crate) async fn cap_times(tx: &mut Tx, pools: &Pools, now: DateTime<Utc>) -> Result<(), Error> {
    let is_counted = |product| pools.get(product).is_some_and(|pool| pool.returns == Returns::Counted);
    let counted_ahead = Product::ALL.into_iter().any(is_counted).then_some(clock_guard::TOLERATED);
    let written = now + CLOCKS_DIFFER;
    let latest = LatestTimes {
        now,
        written,
        session_end: written + SESSION_LIFETIME,
        job_run: written + Kind::longest_retry(),
        job_claim: written + Kind::longest_claim(),
        invitation_end: written + invitations::LIFETIME,
        password_reset_end: written + forgotten_passwords::LIFETIME,
        upload_slot_end: written + slots::LIFETIME,
        lease_end: written + LEASE_OF_EXISTING_CLIENTS,
        borrowed_end: written + LONGEST_BORROWED,
        signed_end: written
            + counted_ahead.map_or(LEASE_OF_EXISTING_CLIENTS, |ahead| ahead + LONGEST_BORROWED),
        signed_borrowed_end: written + LONGEST_BORROWED + counted_ahead.unwrap_or_default(),
        held_end: counted_ahead.map_or(now, |ahead| written + ahead + LONGEST_BORROWED),
    };
    let rows = clock::cap_times(tx, &latest).await?;
    if rows > 0 {
        tracing::warn!(
            rows,
            "times too far ahead were put right: a clock was in the future when they were written"
        );
    }
    Ok(())
}

/// Accepts the server's clock as right from now on. Returns the latest time that had been seen.
///
/// # Errors
/// [`Error::Conflict`] while the clock is earlier than the issue of a license: then the clock is wrong.
pub(crate) async fn reset_clock(
    app: &App,
    mut change: Change<Installation>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let now = change.now();
    let files = app.licensing.refresh(&app.db).await?;
    let issued = files.files().iter().map(|file| file.license().terms().issued_at).max();
    if let Some(issued) = issued.filter(|issued| *issued > now + TOLERATED) {
        return Err(Error::Conflict(format!(
            "The server's clock says {}, but a license file was issued on {}. Set the clock of the server machine \
             right first.",
            now.format("%Y-%m-%d"),
            issued.format("%Y-%m-%d")
        )));
    }
    let before = put_back(app, &mut change, "reset").await?;
    change.commit().await?;
    Ok(before)
}

/// Call this after the import of a file issued at `issued_at`: the vendor's signature confirms the clock.
pub(in crate::ops) async fn confirm_by_license(
    app: &App,
    change: &mut Change<Installation>,
    issued_at: DateTime<Utc>,
) -> Result<(), Error> {
    let now = change.now();
    let is_behind = clock_guard::latest_time_seen(change.tx()).await?.is_some_and(|seen| seen > now);
    if is_behind && now - issued_at < RECENT {
        put_back(app, change, "license file").await?;
    }
    Ok(())
}

async fn put_back(
    app: &App,
    change: &mut Change<Installation>,
    by: &str,
) -> Result<Option<DateTime<Utc>>, Error> {
    let now = change.now();
    let before = clock_guard::put_mark(change.tx(), now).await?;
    clock_guard::believe_clock(change.tx(), now, now).await?;
    cap_times(change.tx(), &app.licensing.known_pools(now), now).await?;
    let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Millis, true);
    let event = Event::new(AuditAction::ResetClock, "clock", None, "latest time seen")
        .detail("from", before.map(text))
        .detail("to", text(now))
        .detail("by", by);
    change.record(event);
    tracing::warn!(from = ?before, to = %now, by, "the latest time seen was put back");
    Ok(before)
}
