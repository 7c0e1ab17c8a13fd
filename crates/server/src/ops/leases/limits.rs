//! Limits how often a seat or a machine may be given back before its time, where the license file trusts returns.
//!
//! Returns are counted in the database, so for all servers on it together. The numbers are in `docs/licenses.md`.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, DurationRound, TimeDelta, Utc};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::license::Product;
use testkeep_store::licenses::returned::{HOLDERS, ReturnKind, add_returns};
use testkeep_store::licenses::session_end::EndedSession;
use testkeep_store::people::user;

use super::turn::Turn;
use super::{LEASE_OF_EXISTING_CLIENTS, Stop, hour_of};
use crate::ops::audit::Event;
use crate::ops::authorized::Authorized;

/// Leases that one machine may give back early in an hour.
const BY_MACHINE: i64 = 120;
/// Leases that may be given back early in an hour, for each seat of the pool.
const BY_SEAT: i64 = 60;
/// Borrowed seats that one person, or one machine, may give back early in a month.
const BORROWED_BY_ONE: i64 = 2;
/// An organization may give back a fifth of the quota early in a month, and never fewer than this number.
const FEWEST_IN_MONTH: i64 = 2;

/// The holder name for returns of the whole installation.
pub(crate) const INSTALLATION: &str = "installation";

/// Values of [`ReturnKind`]'s `kind`.
pub(crate) const ONLINE: &str = "online";
const BORROWED: &str = "borrowed";
const MACHINE: &str = "machine";

/// The holder name for returns of one organization.
pub(crate) fn of_organization(id: i64) -> String {
    format!("organization {id}")
}

/// The holder name for returns of one machine. It contains the organization, so that another organization that has the
/// same machine key does not use up these returns.
fn of_machine(session: &EndedSession) -> String {
    format!("machine {} {}", session.organization_id, session.machine_key)
}

fn month_of(time: DateTime<Utc>) -> DateTime<Utc> {
    let day = time.duration_trunc(TimeDelta::days(1)).unwrap_or(time);
    day.checked_sub_days(Days::new(u64::from(day.day0()))).unwrap_or(day)
}

/// A fifth of the quota, rounded up, and at least [`FEWEST_IN_MONTH`].
fn in_month(quota: i64) -> i64 {
    (quota + 4).div_euclid(5).max(FEWEST_IN_MONTH)
}

/// Whether the lease is valid for longer than a lease that is kept alive: then it was borrowed.
pub(super) fn is_long(session: &EndedSession, now: DateTime<Utc>) -> bool {
    session.signed_until > now + LEASE_OF_EXISTING_CLIENTS
}

/// Adds the returns to the counters and returns the sums by holder.
async fn count(
    turn: &mut Turn<'_>,
    (kind, product, period): (&str, Product, DateTime<Utc>),
    returned: Vec<(String, i64)>,
) -> Result<BTreeMap<String, i64>, Stop> {
    let kind = ReturnKind { kind, product: product.word(), period };
    let mut sums = BTreeMap::new();
    for some in returned.chunks(HOLDERS) {
        sums.extend(add_returns(turn.tx().await?, kind, some).await?);
    }
    Ok(sums)
}

/// Counts these early returns. Returns the ids of the leases that exceed the limits of the hour.
pub(super) async fn over_limit(
    turn: &mut Turn<'_>,
    product: Product,
    sessions: &[&EndedSession],
) -> Result<Vec<i64>, Stop> {
    let mut returned = BTreeMap::new();
    for session in sessions {
        let organization = of_organization(session.organization_id);
        for holder in [INSTALLATION.to_owned(), organization, of_machine(session)] {
            *returned.entry(holder).or_insert(0) += 1;
        }
    }
    if returned.is_empty() {
        return Ok(Vec::new());
    }
    let pool = BY_SEAT * turn.quotas(product).await?.0;
    let hour = hour_of(turn.now());
    let sums = count(turn, (ONLINE, product, hour), returned.clone().into_iter().collect()).await?;
    let sum = |holder: &str| sums.get(holder).copied().unwrap_or(0);
    let pool_is_over = sum(INSTALLATION) > pool;
    let is_over = |it: &EndedSession| pool_is_over || sum(&of_machine(it)) > BY_MACHINE;
    let over: Vec<&EndedSession> = sessions.iter().copied().filter(|it| is_over(it)).collect();
    for session in &over {
        let holder = of_machine(session);
        let crosses =
            |holder: &str, limit: i64| sum(holder) > limit && sum(holder) - returned[holder] <= limit;
        if crosses(&holder, BY_MACHINE) {
            note_limit(turn, product, session, BY_MACHINE).await?;
        } else if crosses(INSTALLATION, pool) {
            note_limit(turn, product, session, pool).await?;
            break;
        }
    }
    Ok(over.iter().map(|it| it.id).collect())
}

/// Writes an audit event when a limit is exceeded, once an hour.
async fn note_limit(
    turn: &mut Turn<'_>,
    product: Product,
    session: &EndedSession,
    limit: i64,
) -> Result<(), Stop> {
    let event = Event::new(AuditAction::LimitLicenseReturns, "machine", None, session.hostname.as_str())
        .in_organization(session.organization_id)
        .detail("product", product.word())
        .detail("machine_key", session.machine_key.as_str())
        .detail("in_an_hour", limit);
    note(turn, session, event).await
}

async fn note(turn: &mut Turn<'_>, session: &EndedSession, event: Event) -> Result<(), Stop> {
    let user = user::find_user(turn.tx().await?, session.user_id).await?;
    let email = user.map(|user| user.email).unwrap_or_default();
    turn.note(Authorized::holder_of_a_seat(session.user_id, email), event);
    Ok(())
}

/// Whether a borrowed seat that its person gives back early is free at once.
pub(super) async fn may_return(
    turn: &mut Turn<'_>,
    product: Product,
    session: &EndedSession,
) -> Result<bool, Stop> {
    let month = (BORROWED, product, month_of(turn.now()));
    let quota = turn.quotas(product).await?.0;
    let own = vec![(format!("person {}", session.user_id), 1), (of_machine(session), 1)];
    let own = count(turn, month, own).await?;
    // A return above the person's limit does not use up the organization's returns.
    let free = own.values().all(|sum| *sum <= BORROWED_BY_ONE)
        && counted_in_month(turn, month, (session.organization_id, 1), quota).await? == 1;
    let event = Event::new(
        AuditAction::ReturnBorrowedLicense,
        "license_session",
        Some(session.id),
        &*session.hostname,
    )
    .in_organization(session.organization_id)
    .detail("product", product.word())
    .detail("borrowed_until", session.signed_until.to_rfc3339())
    .detail("seat_is_free", free);
    note(turn, session, event).await?;
    Ok(free)
}

/// How many of `number` are within the limits for a month: a fifth of the quota in one organization, half of it in all
/// organizations together.
async fn counted_in_month(
    turn: &mut Turn<'_>,
    month: (&str, Product, DateTime<Utc>),
    (organization_id, number): (i64, i64),
    quota: i64,
) -> Result<i64, Stop> {
    let organization = of_organization(organization_id);
    let counted = vec![(INSTALLATION.to_owned(), number), (organization.clone(), number)];
    let sums = count(turn, month, counted).await?;
    let sum = |holder: &str| sums.get(holder).copied().unwrap_or(i64::MAX);
    let all = (quota / 2).max(in_month(quota));
    let over = (sum(&organization) - in_month(quota)).max(sum(INSTALLATION) - all);
    Ok((number - over).clamp(0, number))
}

/// How many of the removed machines stop counting against the machine quota at once.
pub(in crate::ops) async fn places_freed(
    turn: &mut Turn<'_>,
    (organization_id, product): (i64, Product),
    removed: usize,
) -> Result<usize, crate::Error> {
    let month = (MACHINE, product, month_of(turn.now()));
    let quota = turn.quotas(product).await?.1;
    let removed = i64::try_from(removed).map_err(crate::Error::internal)?;
    let freed = counted_in_month(turn, month, (organization_id, removed), quota).await?;
    usize::try_from(freed).map_err(crate::Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_on_the_first() {
        let month = |text: &str| month_of(text.parse().unwrap()).to_rfc3339();
        assert_eq!(month("2027-01-31T23:59:59.999Z"), "2027-01-01T00:00:00+00:00");
        assert_eq!(month("2028-02-01T00:00:00Z"), "2028-02-01T00:00:00+00:00");
    }

    #[test]
    fn a_fifth_and_never_fewer_than_two() {
        assert_eq!([0, 5, 10, 11, 1000].map(in_month), [2, 2, 2, 3, 200]);
    }
}
