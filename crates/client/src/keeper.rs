//! Keeps a lease alive in the background and reports when it has ended.
//!
//! An unreachable or failing server, or a stranger answering in its place, changes nothing before the lease's signed
//! end. A refusal by the server itself ends the lease at once. Must never keep a lease after either.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use testkeep_domain::Clock;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::schedule::{Expiry, backoff, random, renewal_pause};
use crate::{ClientError, Lease, LicenseClient};

/// How long it may take to notice that the machine slept or that its clock was set.
const LOOK_AT_THE_CLOCK: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeaseState {
    /// The server counts the seat, or the lease needs no server.
    Held,
    /// The last renewal failed; the lease is valid until its signed end.
    Grace {
        until: DateTime<Utc>,
        reason: ClientError,
    },
    Ended(LeaseEnd),
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeaseEnd {
    /// The server refused: session revoked, seat taken over, machine removed or idle. Its message says which.
    #[error("The license session has ended: {0}")]
    Refused(ClientError),
    #[error("The lease expired at {}{}", .on.format("%Y-%m-%d %H:%M:%S UTC"), because(.reason.as_ref()))]
    Expired { on: DateTime<Utc>, reason: Option<ClientError> },
}

fn because(reason: Option<&ClientError>) -> String {
    reason.map_or_else(|| ".".into(), |reason| format!(" without a renewal: {reason}"))
}

#[derive(Clone, Debug)]
struct Kept {
    lease: Lease,
    state: LeaseState,
}

/// A lease that is kept alive as long as this value exists. Dropping it stops the renewals; only
/// [`LeaseGuard::release`] gives the seat back at once.
pub struct LeaseGuard {
    client: Option<Arc<LicenseClient>>,
    kept: watch::Receiver<Kept>,
    /// The background task; it ends with the guard.
    keeper: JoinSet<()>,
}

impl LeaseGuard {
    /// Renews the lease in time. `idle` returns how long the user has done nothing; pass `|| None` for programs that
    /// cannot measure it. Must be called inside a tokio runtime.
    pub fn keep(
        client: Arc<LicenseClient>,
        lease: Lease,
        idle: impl Fn() -> Option<Duration> + Send + Sync + 'static,
    ) -> Self {
        let (sender, kept) = watch::channel(Kept { lease: lease.clone(), state: LeaseState::Held });
        let mut keeper = JoinSet::new();
        if lease.is_renewed() {
            let renewals = Renewals { client: Arc::clone(&client), sender, idle };
            keeper.spawn(renewals.run(lease));
        } else {
            keeper.spawn(wait_for_the_end(lease, client.clock.clone(), sender));
        }
        Self { client: Some(client), kept, keeper }
    }

    /// For a lease that needs no server: a borrowed one, or an offline license's file. Must be called inside a tokio
    /// runtime.
    pub fn without_server(lease: Lease, clock: Clock) -> Self {
        let (sender, kept) = watch::channel(Kept { lease: lease.clone(), state: LeaseState::Held });
        let mut keeper = JoinSet::new();
        keeper.spawn(wait_for_the_end(lease, clock, sender));
        Self { client: None, kept, keeper }
    }

    pub fn lease(&self) -> Lease {
        self.kept.borrow().lease.clone()
    }

    pub fn state(&self) -> LeaseState {
        self.kept.borrow().state.clone()
    }

    /// Waits for the next different state; never completes after the lease has ended. Safe to cancel.
    pub async fn changed(&mut self) -> LeaseState {
        loop {
            let before = self.kept.borrow_and_update().state.clone();
            if self.kept.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            let state = self.kept.borrow().state.clone();
            if state != before {
                return state;
            }
        }
    }

    /// Stops the renewals and gives the seat back.
    pub async fn release(mut self) -> Result<(), ClientError> {
        self.keeper.shutdown().await;
        let ended = matches!(self.state(), LeaseState::Ended(LeaseEnd::Refused(_)));
        match (&self.client, self.lease().id()) {
            (Some(client), Some(id)) if !ended => client.release(id).await,
            _ => Ok(()),
        }
    }
}

async fn wait_for_the_end(lease: Lease, clock: Clock, sender: watch::Sender<Kept>) {
    let expiry = Expiry::of(lease.claims(), clock.now(), Instant::now());
    sleep_until(expiry.deadline(), &expiry, &clock).await;
    let end = LeaseEnd::Expired { on: expiry.at(), reason: None };
    sender.send_modify(|kept| kept.state = LeaseState::Ended(end));
}

struct Renewals<Idle> {
    client: Arc<LicenseClient>,
    sender: watch::Sender<Kept>,
    idle: Idle,
}

impl<Idle: Fn() -> Option<Duration>> Renewals<Idle> {
    async fn run(self, mut lease: Lease) {
        loop {
            let pause = renewal_pause(lease.claims(), self.client.clock.now(), random());
            match self.next(&lease, pause).await {
                Ok(renewed) => {
                    lease = renewed;
                    let kept = Kept { lease: lease.clone(), state: LeaseState::Held };
                    self.sender.send_replace(kept);
                }
                Err(end) => return self.tell(LeaseState::Ended(end)),
            }
        }
    }

    /// The lease's successor, after as many attempts as its remaining time allows.
    async fn next(&self, lease: &Lease, mut pause: Duration) -> Result<Lease, LeaseEnd> {
        let clock = &self.client.clock;
        let expiry = Expiry::of(lease.claims(), clock.now(), Instant::now());
        let expired = |reason| LeaseEnd::Expired { on: expiry.at(), reason };
        let (mut reason, mut failures) = (None, 0);
        loop {
            sleep_until(Instant::now() + pause, &expiry, clock).await;
            let attempt = tokio::time::timeout_at(expiry.deadline(), self.client.renew(lease, (self.idle)()));
            let error = match attempt.await {
                Ok(Ok(renewed)) => return Ok(renewed),
                Ok(Err(error)) if error.is_refusal() => return Err(LeaseEnd::Refused(error)),
                Ok(Err(error)) => error,
                Err(_) => return Err(expired(reason)),
            };
            if expiry.is_over(clock.now(), Instant::now()) {
                return Err(expired(Some(error)));
            }
            self.tell(LeaseState::Grace { until: expiry.at(), reason: error.clone() });
            failures += 1;
            (reason, pause) = (Some(error), backoff(failures, random()));
        }
    }

    fn tell(&self, state: LeaseState) {
        self.sender.send_modify(|kept| kept.state = state);
    }
}

/// Waits until `due`, or until the lease is over by either of its two clocks.
async fn sleep_until(due: Instant, expiry: &Expiry, clock: &Clock) {
    let due = due.min(expiry.deadline());
    while Instant::now() < due && !expiry.is_over(clock.now(), Instant::now()) {
        tokio::time::sleep_until(due.min(Instant::now() + LOOK_AT_THE_CLOCK)).await;
    }
}
