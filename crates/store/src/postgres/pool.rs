//! The pool of connections to PostgreSQL, and what makes a lost one cheap.
//!
//! Firewalls forget connections without a word: what is sent on one goes nowhere. So a connection that rested is asked
//! first, with a short patience; a statement that begins something and stays without answer is asked again on a new
//! connection; and one loss makes all older connections suspicious. Must never repeat what may have been written.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection, PgPool, Postgres};

use super::Target;
use super::choice::choose;
use super::gone::Gone;
use crate::trouble::is_lost;
use crate::tx::{Lent, Tx};

/// A connection that rested longer is tested before its use; each test is a round trip.
const TRUSTED: Duration = Duration::from_secs(1);
/// How long a connection that rested may take to say that it lives.
pub(super) const LIFE_SIGN: Duration = Duration::from_secs(1);
/// How long the first answer on a connection may take before another one is tried …
const PATIENCE: Duration = Duration::from_secs(2);
/// … so many times in a while: a server that is slow for everybody must not be asked everything twice.
const LOSSES: u32 = 20;
const WHILE: Duration = Duration::from_secs(30);
/// The reason for missing connections is logged at most this often.
const EXPLAIN: Duration = Duration::from_secs(10);

/// For a connection, before it is asked whether the server is there at all. Restarts that are quicker cost nobody anything.
const RESTART: Duration = Duration::from_secs(2);

/// What is begun, where the connection is lost the database ends it after a minute: it may hold what others wait for.
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
    /// A pooler in transaction mode is in between: what is prepared on one connection is not there on the next.
    pooled: bool,
    answer_within: Duration,
    watch: Arc<Watch>,
    gone: Gone,
}

/// Lost connections so far.
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

    /// Whether a connection that has rested so long was there when another one was lost.
    fn suspects(&self, rested: Duration) -> bool {
        let last = self.losses().last;
        last.is_some_and(|last| Instant::now().checked_sub(rested).is_none_or(|since| since <= last))
    }

    /// Whether one more answer may be given up early.
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

    /// Before a resting connection is used again.
    ///
    /// # Errors
    /// It is dead, or was there when another one died.
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

    /// The driver's own pool, for what needs no care: tests and measurements.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Statements may stay prepared on their connection.
    pub(crate) fn may_prepare(&self) -> bool {
        !self.shared.pooled
    }

    /// How long any answer may take.
    pub(crate) fn answer_within(&self) -> Duration {
        self.shared.answer_within
    }

    /// How long the first answer of an attempt may take. The last attempt has all the time.
    pub(crate) fn patience(&self, last: bool) -> Duration {
        if last || !self.shared.watch.may_lose() {
            self.answer_within()
        } else {
            PATIENCE.min(self.answer_within())
        }
    }

    /// Whether the failed attempt may succeed on another connection.
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
        // A server that restarts is waited for; the pool would go on asking one that is gone until its own time is over.
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

    /// The pool knows only that it waited too long; this logs the reason.
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

    /// For one read. Behind a pooler it is a transaction: a statement and its values must reach the same server.
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

    /// `text` begins a transaction. Nothing is lost when it is run again on another connection.
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
            Habits { may_prepare: self.may_prepare(), answer_within: self.answer_within() },
        ))
    }
}

/// How statements are run in a transaction.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    pub(crate) may_prepare: bool,
    /// How long any answer may take.
    pub(crate) answer_within: Duration,
}

/// # Errors
/// [`std::io::ErrorKind::TimedOut`] as the driver would say it, when there was no answer.
pub(crate) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_elapsed| {
        let words = format!("the database did not answer within {} s", limit.as_secs());
        Err(sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, words)))
    })
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
