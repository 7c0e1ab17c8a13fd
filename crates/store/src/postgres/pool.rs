//! The pool of connections to PostgreSQL, which recovers quickly from lost connections.
//!
//! Firewalls drop idle connections silently: data that is then sent on them gets no answer. So a connection that was
//! idle is tested before use, with a short limit. A read or a BEGIN without an answer is repeated on another
//! connection. After one loss, all connections that were idle at that time are closed. Must never repeat a statement
//! that may have written.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection, PgPool, Postgres};

use super::Target;
use super::choice::choose;
use super::gone::Gone;
use super::options::{StatementOptions, within};
use crate::trouble::is_lost;
use crate::tx::{Lent, Tx};

/// A connection that was idle longer than this is tested before its use. Each test is a round trip.
const TRUSTED: Duration = Duration::from_secs(1);
/// Time limit of the test of an idle connection.
pub(super) const LIFE_SIGN: Duration = Duration::from_secs(1);
/// Time limit of the first answer on a connection; then another connection is tried. Applies up to [`LOSSES`] times.
const PATIENCE: Duration = Duration::from_secs(2);
/// Maximum number of losses within [`WHILE`] that end an attempt early. After that the server is probably slow, and
/// repeating every statement would make it slower.
const LOSSES: u32 = 20;
const WHILE: Duration = Duration::from_secs(30);
/// Minimum time between two log entries about the reason for missing connections.
const EXPLAIN: Duration = Duration::from_secs(10);

/// Wait for a connection before the check whether a server runs at all. So a restart that is quicker causes no error.
const RESTART: Duration = Duration::from_secs(2);

/// If the connection is lost, PostgreSQL ends the open transaction after a minute, because its locks may block others.
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 60000";

/// A pool of connections; a clone is the same pool.
#[derive(Clone, Debug)]
pub struct Pg {
    pool: PgPool,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    target: Target,
    /// A pooler in transaction mode is in between: a prepared statement may be missing in the next transaction.
    pooled: bool,
    answer_within: Duration,
    watch: Arc<Watch>,
    gone: Gone,
}

/// The record of lost connections.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<Losses>);

#[derive(Debug, Default)]
struct Losses {
    last: Option<Instant>,
    counted_since: Option<Instant>,
    count: u32,
    explained: Option<Instant>,
}

impl Watch {
    fn losses(&self) -> std::sync::MutexGuard<'_, Losses> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lost(&self) {
        let mut losses = self.losses();
        let now = Instant::now();
        losses.last = Some(now);
        if losses.counted_since.is_none_or(|since| since.elapsed() > WHILE) {
            (losses.counted_since, losses.count) = (Some(now), 0);
        }
        losses.count = losses.count.saturating_add(1);
    }

    /// Whether a connection that has been idle for `rested` was idle when another connection was lost.
    fn suspects(&self, rested: Duration) -> bool {
        let last = self.losses().last;
        last.is_some_and(|last| Instant::now().checked_sub(rested).is_none_or(|since| since <= last))
    }

    /// Whether one more attempt may end early without an answer.
    fn may_lose(&self) -> bool {
        let losses = self.losses();
        losses.count < LOSSES || losses.counted_since.is_none_or(|since| since.elapsed() > WHILE)
    }

    fn may_explain(&self) -> bool {
        let mut losses = self.losses();
        let due = losses.explained.is_none_or(|at| at.elapsed() > EXPLAIN);
        if due {
            losses.explained = Some(Instant::now());
        }
        due
    }

    /// Tests an idle connection before it is used again.
    ///
    /// # Errors
    /// The connection does not answer, or it was idle when another connection was lost.
    pub(super) async fn check_life(
        &self,
        connection: &mut PgConnection,
        rested: Duration,
    ) -> Result<bool, sqlx::Error> {
        if self.suspects(rested) {
            return Err(sqlx::Error::Protocol("another connection of the same age was lost".into()));
        }
        if rested > TRUSTED {
            within(LIFE_SIGN, connection.ping()).await.inspect_err(|_| self.lost())?;
        }
        Ok(true)
    }
}

impl Pg {
    pub(super) fn new(pool: PgPool, target: Target, pooled: bool, watch: Arc<Watch>) -> Self {
        let answer_within = target.socket_timeout();
        Self {
            pool,
            shared: Arc::new(Shared { target, pooled, answer_within, watch, gone: Gone::default() }),
        }
    }

    /// The driver's own pool without the precautions of this module. Only for tests and measurements.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Whether statements may stay prepared on their connection.
    pub(crate) fn may_prepare(&self) -> bool {
        !self.shared.pooled
    }

    /// Time limit of any single answer.
    pub(crate) fn answer_within(&self) -> Duration {
        self.shared.answer_within
    }

    /// Time limit of the first answer of an attempt. The last attempt has the full limit.
    pub(crate) fn patience(&self, last: bool) -> Duration {
        if last || !self.shared.watch.may_lose() {
            self.answer_within()
        } else {
            PATIENCE.min(self.answer_within())
        }
    }

    /// Whether a failed attempt may succeed on another connection.
    pub(crate) fn was_lost(&self, error: &sqlx::Error) -> bool {
        let lost = is_lost(error);
        if lost {
            self.shared.watch.lost();
            tracing::warn!(%error, "a connection to the database was lost");
        }
        lost
    }

    async fn acquire(&self) -> Result<Lent<Postgres>, sqlx::Error> {
        let mut acquiring = std::pin::pin!(self.pool.acquire());
        // Waits for a server that restarts. If no server runs, the pool alone would try until its own time limit.
        let acquired = match tokio::time::timeout(RESTART, &mut acquiring).await {
            Ok(acquired) => acquired,
            Err(_elapsed) => tokio::select! {
                acquired = &mut acquiring => acquired,
                () = self.shared.gone.noticed(self.shared.target.hosts()) => Err(sqlx::Error::PoolTimedOut),
            },
        };
        if matches!(acquired, Err(sqlx::Error::PoolTimedOut)) && self.shared.watch.may_explain() {
            self.explain();
        }
        acquired.map(Lent::new)
    }

    /// Logs why no connection was available. The pool reports only that it waited too long.
    fn explain(&self) {
        let target = self.shared.target.clone();
        tokio::spawn(async move {
            let limit = target.connect_timeout();
            let answer = tokio::time::timeout(limit, choose(&target, target.hosts())).await;
            match answer {
                Ok(Ok(_)) => tracing::warn!("all connections to the database were in use for too long"),
                Ok(Err(problems)) => {
                    let reason = super::Problem::of_several(problems).message;
                    tracing::error!(reason, "the database cannot be reached");
                }
                Err(_) => tracing::error!(seconds = limit.as_secs(), "the database did not answer in time"),
            }
        });
    }

    /// A connection for one read. Behind a pooler it is in a transaction, because a statement and its values must reach
    /// the same server process.
    pub(crate) async fn lend_for_read(&self, patience: Duration) -> Result<Lent<Postgres>, sqlx::Error> {
        let mut lent = self.acquire().await?;
        if self.shared.pooled {
            within(patience, lent.begin("BEGIN")).await?;
        }
        Ok(lent)
    }

    pub(crate) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        self.begin_with(BEGIN).await
    }

    /// Begins a transaction with `text`. If the connection is lost, `text` runs again on another connection: nothing
    /// was committed before.
    pub(crate) async fn begin_with(&self, text: &'static str) -> Result<Tx, sqlx::Error> {
        match self.try_begin(text, false).await {
            Err(error) if self.was_lost(&error) => self.try_begin(text, true).await,
            begun => begun,
        }
    }

    async fn try_begin(&self, text: &'static str, last: bool) -> Result<Tx, sqlx::Error> {
        let mut lent = self.acquire().await?;
        within(self.patience(last), lent.begin(text)).await?;
        Ok(Tx::Postgres(
            lent,
            StatementOptions { may_prepare: self.may_prepare(), answer_within: self.answer_within() },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_loss_makes_older_connections_suspicious() {
        let watch = Watch::default();
        assert!(!watch.suspects(Duration::from_mins(1)));
        watch.lost();
        assert!(watch.suspects(Duration::from_secs(1)));
        std::thread::sleep(Duration::from_millis(2));
        assert!(!watch.suspects(Duration::ZERO), "it was used after the loss");
    }

    #[test]
    fn patience_ends_for_a_server_that_is_slow_for_everybody() {
        let watch = Watch::default();
        for _ in 0..LOSSES {
            assert!(watch.may_lose());
            watch.lost();
        }
        assert!(!watch.may_lose());
    }
}
