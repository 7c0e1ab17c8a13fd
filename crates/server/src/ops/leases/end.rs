//! A session ends: given back, missed, taken away.

use std::time::Duration;

use chrono::{DateTime, Utc};
use testkeep_domain::license::Product;
use testkeep_store::licenses::session::{self, EndedSession};
use testkeep_store::licenses::{assignment, offline, turn as counters, usage, waiter};

use super::turn::{Turn, hour_of};
use super::{Outcome, Stop};
use crate::{App, Error};

/// Sessions that one sweep ends; the next one goes on.
const SWEEP: i64 = 500;
/// How often this server looks whether somebody's time is over.
const LOOK: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    Released,
    Returned,
    /// No keep-alive, or the end of what was borrowed.
    Missed,
    Idle,
    /// The person began to work on another machine.
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

    pub fn word(self) -> &'static str {
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

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// The same program may not begin again by itself; a person starts it anew.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Moved | Self::Revoked | Self::MachineRemoved | Self::Left)
    }
}

/// Ends a session; `true`: a seat was freed.
pub(in crate::ops) async fn end(
    turn: &mut Turn<'_>,
    id: i64,
    reason: EndReason,
    by: Option<&str>,
) -> Result<bool, Error> {
    let now = turn.now();
    match session::end_session(turn.tx().await?, id, now, reason.word(), by).await? {
        Some(ended) => free(turn, &ended).await,
        None => Ok(false),
    }
}

/// Counts what an ended session frees. Of several sessions of one person another takes over the seat.
async fn free(turn: &mut Turn<'_>, ended: &EndedSession) -> Result<bool, Error> {
    if !ended.takes_seat {
        return Ok(false);
    }
    let product = product(&ended.product)?;
    let organization_id = ended.organization_id;
    if product == Product::Kse && session::hand_over_seat(turn.tx().await?, ended).await? {
        return Ok(false);
    }
    turn.add_in_use(organization_id, product, ended.team_id, -1).await?;
    Ok(true)
}

fn product(word: &str) -> Result<Product, Error> {
    Product::parse(word).ok_or_else(|| Error::internal(format!("“{word}” is no product")))
}

pub(super) async fn release(turn: &mut Turn<'_>, user_id: i64, id: i64) -> Result<Outcome, Stop> {
    if release_all(turn, &[(user_id, id)]).await?.is_empty() {
        // A lost answer is asked for again; somebody else's session does not exist.
        session::find_end(turn.tx().await?, user_id, id).await?.ok_or(Error::NotFound)?;
    }
    Ok(Outcome::Released)
}

/// Gives back what is live of as many sessions as one statement takes, each by its person and its id; returns the ids of
/// those.
pub(super) async fn release_all(turn: &mut Turn<'_>, sessions: &[(i64, i64)]) -> Result<Vec<i64>, Stop> {
    let now = turn.now();
    let ended = session::release_sessions(turn.tx().await?, sessions, now).await?;
    for session in &ended {
        free(turn, session).await?;
    }
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
    let ended = session::release_sessions_by_key(
        turn.tx().await?,
        user_id,
        organization_id,
        machine_key,
        session_key,
        now,
    )
    .await?;
    for session in ended {
        free(turn, &session).await?;
    }
    if turn.may_have_waiters().await? {
        waiter::delete_waiter_by_key(turn.tx().await?, user_id, machine_key, session_key).await?;
    }
    Ok(Outcome::Released)
}

/// Ends what is over: sessions without keep-alive, borrowed ones, offline licenses.
pub(super) async fn sweep(turn: &mut Turn<'_>) -> Result<(), Stop> {
    turn.swept = true;
    let now = turn.now();
    for (id, expires_at) in session::list_overdue_sessions(turn.tx().await?, now, SWEEP).await? {
        let reason = EndReason::Missed.word();
        if let Some(ended) = session::end_session(turn.tx().await?, id, expires_at, reason, None).await? {
            free(turn, &ended).await?;
        }
    }
    for (organization_id, word) in offline::end_offline_licenses(turn.tx().await?, now).await? {
        turn.add_in_use(organization_id, product(&word)?, None, -1).await?;
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

/// Ends every session of a person in an organization, and what they were assigned.
pub(in crate::ops) async fn end_for_leaver(
    turn: &mut Turn<'_>,
    organization_id: i64,
    user_id: i64,
    by: &str,
) -> Result<(), Error> {
    for product in Product::ALL {
        end_sessions_of_user(turn, organization_id, product, user_id, EndReason::Left, by).await?;
        if assignment::delete_assignment(turn.tx().await?, organization_id, product.word(), user_id).await? {
            turn.add_assigned(organization_id, product, -1);
        }
    }
    waiter::delete_waiters_of_user(turn.tx().await?, organization_id, user_id).await?;
    Ok(())
}

/// Frees seats whose time is over even when nobody asks for one. Runs until the server stops.
pub async fn keep_counting(app: App) {
    let mut hour = None;
    loop {
        if let Err(error) = begin_hour(&app, &mut hour).await {
            tracing::warn!(%error, "cannot note how many licenses are in use; it is tried again soon");
        }
        tokio::time::sleep(LOOK).await;
        if let Err(error) = sweep_when_due(&app).await {
            tracing::warn!(%error, "cannot end licenses whose time is over; it is tried again soon");
        }
    }
}

/// A seat that is kept for hours is in use in each of them.
async fn begin_hour(app: &App, known: &mut Option<DateTime<Utc>>) -> Result<(), Error> {
    let now = hour_of(app.clock.now());
    if *known == Some(now) {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    usage::begin_hour(&mut tx, now).await?;
    tx.commit().await?;
    *known = Some(now);
    Ok(())
}

async fn sweep_when_due(app: &App) -> Result<(), Error> {
    let is_due = |due: Option<DateTime<Utc>>| due.is_some_and(|at| at <= app.clock.now());
    while is_due(counters::find_next_end(&app.db).await?) {
        let mut tx = app.db.begin().await?;
        let mut turn = Turn::begin(app, &mut tx).await?;
        sweep(&mut turn).await?;
        turn.finish().await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Counts everything from its rows, once at start: nothing that went wrong before stays wrong.
pub async fn recount(app: &App) -> Result<(), Error> {
    let mut tx = app.db.begin().await?;
    counters::take_turn(&mut tx).await?;
    counters::recount(&mut tx).await?;
    Ok(tx.commit().await?)
}
