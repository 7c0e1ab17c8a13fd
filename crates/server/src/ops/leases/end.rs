//! Ends live sessions: returned by their program, silent for too long, or ended by somebody else.
//!
//! Every end of a session goes through [`super::settle`], which decides when the seat is free.

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::license::Product;
use testkeep_store::licenses::assignment::Assignment;
use testkeep_store::licenses::session;
use testkeep_store::licenses::session_end::{self, EndedSession};
use testkeep_store::licenses::{assignment, held, machine, offline, turn as counters, usage, waiter};

use super::settle::{product_of, settle};
use super::turn::Turn;
use super::{Outcome, Stop, hour_of};
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::{App, Error};

/// Maximum number of sessions that one sweep ends; the next sweep ends the rest.
const SWEEP: i64 = 500;
/// A machine that is unused for this time no longer counts against the machine quota.
pub(super) const UNUSED: TimeDelta = TimeDelta::days(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndReason {
    Released,
    Returned,
    /// The keep-alive is missing, or the borrowed time is over.
    Missed,
    Idle,
    /// The person started the program on another machine.
    Moved,
    Revoked,
    MachineRemoved,
    /// The person is no longer in the organization.
    Left,
}

impl EndReason {
    const ALL: [Self; 8] = [
        Self::Released,
        Self::Returned,
        Self::Missed,
        Self::Idle,
        Self::Moved,
        Self::Revoked,
        Self::MachineRemoved,
        Self::Left,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Returned => "returned",
            Self::Missed => "missed",
            Self::Idle => "idle",
            Self::Moved => "moved",
            Self::Revoked => "revoked",
            Self::MachineRemoved => "machine_removed",
            Self::Left => "left",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// Whether the person gave the seat back, so nobody else ended the session.
    pub(super) fn is_by_person(self) -> bool {
        matches!(self, Self::Released | Self::Returned)
    }

    /// Whether the program may not begin a session again by itself; a person has to start it.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Moved | Self::Revoked | Self::MachineRemoved | Self::Left)
    }
}

/// Ends a session. Returns `true` when a seat became free.
pub(in crate::ops) async fn end(
    turn: &mut Turn<'_>,
    id: i64,
    reason: EndReason,
    by: Option<&str>,
) -> Result<bool, Error> {
    let now = turn.now();
    match session_end::end_session(turn.tx().await?, id, now, reason.word(), by).await? {
        Some(ended) => Ok(!settle(turn, &[ended], reason.is_by_person()).await?.is_empty()),
        None => Ok(false),
    }
}

/// Ends all sessions of an organization that is about to be deleted.
pub(in crate::ops) async fn end_all_of_organization(
    turn: &mut Turn<'_>,
    organization_id: i64,
    by: &str,
) -> Result<(), Error> {
    sweep(turn).await?;
    let (now, reason) = (turn.now(), EndReason::Left);
    let tx = turn.tx().await?;
    let ended =
        session_end::end_sessions_of_organization(tx, organization_id, now, reason.word(), by).await?;
    settle(turn, &ended, reason.is_by_person()).await?;
    Ok(())
}

pub(super) async fn release(turn: &mut Turn<'_>, user_id: i64, id: i64) -> Result<Outcome, Stop> {
    if release_all(turn, &[(user_id, id)]).await?.is_empty() {
        // The session is not live: a client repeats a request whose answer was lost. Other people's sessions are not
        // found.
        session_end::find_end(turn.tx().await?, user_id, id).await?.ok_or(Error::NotFound)?;
    }
    Ok(Outcome::Released)
}

/// Ends the live ones among these sessions in one statement. Each is given as person id and session id. Returns the ids
/// of the ended sessions.
pub(super) async fn release_all(turn: &mut Turn<'_>, sessions: &[(i64, i64)]) -> Result<Vec<i64>, Stop> {
    let now = turn.now();
    let ended = session_end::release_sessions(turn.tx().await?, sessions, now).await?;
    settle(turn, &ended, true).await?;
    Ok(ended.iter().map(|it| it.id).collect())
}

pub(super) async fn release_by_key(
    turn: &mut Turn<'_>,
    user_id: i64,
    organization_id: Option<i64>,
    machine_key: &str,
    session_key: &str,
) -> Result<Outcome, Stop> {
    let now = turn.now();
    let ended = session_end::release_sessions_by_key(
        turn.tx().await?,
        user_id,
        organization_id,
        machine_key,
        session_key,
        now,
    )
    .await?;
    settle(turn, &ended, true).await?;
    if turn.may_have_waiters().await? {
        waiter::delete_waiter_by_key(turn.tx().await?, user_id, machine_key, session_key).await?;
    }
    Ok(Outcome::Released)
}

/// Ends everything that has expired: sessions without keep-alive, borrowed seats, offline licenses, and seats that were
/// held until their lease ended.
pub(super) async fn sweep(turn: &mut Turn<'_>) -> Result<(), Stop> {
    turn.swept = true;
    let now = turn.now();
    // Reading the facts detects a clock that was set back. This must happen before anything else ends.
    turn.facts().await?;
    for (id, expires_at) in session::list_overdue_sessions(turn.tx().await?, now, SWEEP).await? {
        let reason = EndReason::Missed.word();
        if let Some(ended) = session_end::end_session(turn.tx().await?, id, expires_at, reason, None).await? {
            settle(turn, &[ended], false).await?;
        }
    }
    for (organization_id, word) in offline::end_offline_licenses(turn.tx().await?, now).await? {
        turn.note_freed_by_time();
        turn.add_in_use(organization_id, product_of(&word)?, None, -1).await?;
    }
    for (organization_id, word, team_id) in held::end_held_seats(turn.tx().await?, now).await? {
        turn.note_freed_by_time();
        turn.add_in_use(organization_id, product_of(&word)?, team_id, -1).await?;
    }
    Ok(())
}

pub(in crate::ops) async fn end_sessions_of_user(
    turn: &mut Turn<'_>,
    organization_id: i64,
    product: Product,
    user_id: i64,
    reason: EndReason,
    by: &str,
) -> Result<(), Error> {
    let word = product.word();
    for live in session::list_live_sessions_of_user(turn.tx().await?, organization_id, word, user_id).await? {
        end(turn, live.id, reason, Some(by)).await?;
    }
    Ok(())
}

/// Ends the live sessions of several people. `product` `None`: of all products.
pub(in crate::ops) async fn end_sessions_of_users(
    turn: &mut Turn<'_>,
    organization_id: i64,
    product: Option<Product>,
    user_ids: &[i64],
    (reason, by): (EndReason, &str),
) -> Result<(), Error> {
    let now = turn.now();
    let how = (reason.word(), by);
    let word = product.map(Product::word);
    let tx = turn.tx().await?;
    let ended = session_end::end_sessions_of_users(tx, organization_id, word, user_ids, now, how).await?;
    settle(turn, &ended, reason.is_by_person()).await?;
    Ok(())
}

/// Ends those of the sessions that are live and belong to the organization and product; returns them.
pub(in crate::ops) async fn end_chosen(
    turn: &mut Turn<'_>,
    (organization_id, product): (i64, Product),
    ids: &[i64],
    (reason, by): (EndReason, &str),
) -> Result<Vec<EndedSession>, Error> {
    let (now, how) = (turn.now(), (reason.word(), by));
    let tx = turn.tx().await?;
    let ended = session_end::end_chosen_sessions(tx, organization_id, product.word(), ids, now, how).await?;
    settle(turn, &ended, reason.is_by_person()).await?;
    Ok(ended)
}

/// Ends every session of people who leave an organization, and deletes their assignments. Returns the assignments.
pub(in crate::ops) async fn end_for_leavers(
    turn: &mut Turn<'_>,
    organization_id: i64,
    user_ids: &[i64],
    by: &str,
) -> Result<Vec<Assignment>, Error> {
    end_sessions_of_users(turn, organization_id, None, user_ids, (EndReason::Left, by)).await?;
    let tx = turn.tx().await?;
    let assignments = assignment::delete_assignments(tx, organization_id, None, user_ids).await?;
    for product in Product::ALL {
        let count = assignments.iter().filter(|it| it.product == product.word()).count();
        turn.add_assigned(organization_id, product, -i64::try_from(count).map_err(Error::internal)?);
    }
    waiter::delete_waiters_of_users(turn.tx().await?, organization_id, user_ids).await?;
    Ok(assignments)
}

/// Records the seats in use at the start of an hour: a seat in use for several hours counts in each of them.
pub(crate) async fn begin_hour(app: &App, known: &mut Option<DateTime<Utc>>) -> Result<(), Error> {
    let now = hour_of(app.clock.now());
    if *known == Some(now) {
        return Ok(());
    }
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    usage::begin_hour(change.tx(), now).await?;
    let mut turn = Turn::begin(app, change.tx()).await?;
    forget_unused_machines(&mut turn).await?;
    turn.finish().await?;
    change.commit().await?;
    *known = Some(now);
    Ok(())
}

/// Machines unused for [`UNUSED`] no longer count against the machine quota.
pub(super) async fn forget_unused_machines(turn: &mut Turn<'_>) -> Result<(), Error> {
    let now = turn.now();
    let unused = machine::delete_unused_machines(turn.tx().await?, now - UNUSED, now, SWEEP).await?;
    for (organization_id, word) in unused {
        turn.add_machines(organization_id, product_of(&word)?, -1);
    }
    Ok(())
}

/// Ends the leases that have expired.
pub async fn end_expired(app: &App) -> Result<(), Error> {
    let is_due = |due: Option<DateTime<Utc>>| due.is_some_and(|at| at <= app.clock.now());
    while is_due(counters::find_next_end(&app.db).await?) {
        let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
        let mut turn = Turn::begin(app, change.tx()).await?;
        sweep(&mut turn).await?;
        turn.finish().await?;
        change.commit().await?;
    }
    Ok(())
}

/// Recomputes all counters from the rows, once at start, so that a wrong counter does not stay wrong.
pub async fn recount(app: &App) -> Result<(), Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    counters::take_turn(change.tx()).await?;
    counters::recount(change.tx()).await?;
    change.commit().await
}
