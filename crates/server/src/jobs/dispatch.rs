//! Claims due jobs, runs them concurrently, and writes their results.
//!
//! There is one loop per server. Each round is one transaction: it writes the results since the last round and claims
//! as many jobs as there are free slots, so that many small jobs share a commit. Must never claim a job that cannot
//! begin at once, because another server may have a free slot for it.

use std::any::Any;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use testkeep_store::{Db, Tx, job};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::queue::{AT_ONCE, Attempt, Job, JobError, Kind};
use crate::{App, Error};

/// Poll interval of the queue: finds jobs of other servers, and jobs whose time has come.
const POLL: Duration = Duration::from_secs(5);

struct Finished {
    row: job::Job,
    kind: Kind,
    attempt: Attempt,
    result: Result<(), JobError>,
}

struct Dispatcher {
    app: App,
    running: JoinSet<Finished>,
    running_of: HashMap<Kind, usize>,
    /// Running jobs whose claims are renewed.
    renewed: HashMap<i64, Kind>,
    /// Results that are not written yet.
    finished: Vec<Finished>,
    /// Kinds that may have due jobs.
    due: Vec<Kind>,
}

pub(super) async fn dispatch(app: App) {
    if let Db::Sqlite { .. } = app.db {
        // No other server uses this database, so a claimed job belongs to a server that was killed.
        if let Err(error) = job::release_claims(&app.db).await {
            tracing::warn!(%error, "jobs of a killed server run again when their claims expire");
        }
    }
    let dispatcher = Dispatcher {
        app,
        running: JoinSet::new(),
        running_of: HashMap::new(),
        renewed: HashMap::new(),
        finished: Vec::new(),
        due: Kind::ALL.to_vec(),
    };
    dispatcher.run().await;
}

impl Dispatcher {
    async fn run(mut self) {
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.collect();
            let is_stopped = self.app.queue.is_stopped();
            if is_stopped && self.running.is_empty() && self.finished.is_empty() {
                return;
            }
            if !self.finished.is_empty() || (!is_stopped && self.has_place_for_due()) {
                if let Err(error) = self.round(is_stopped).await {
                    tracing::warn!(%error, "the job queue does not answer; it is tried again");
                    self.app.readiness.doubt();
                    poll.reset();
                    poll.tick().await;
                }
                continue;
            }
            let app = self.app.clone();
            tokio::select! {
                Some(done) = self.running.join_next() => self.take(done),
                () = app.queue.woken() => {}
                _ = poll.tick() => self.look().await,
                () = app.queue.stopped(), if !is_stopped => {}
            }
        }
    }

    /// Collects the results and the woken kinds since the last round.
    fn collect(&mut self) {
        while let Some(done) = self.running.try_join_next() {
            self.take(done);
        }
        for kind in self.app.queue.take_due() {
            self.note_due(kind);
        }
    }

    fn take(&mut self, done: Result<Finished, tokio::task::JoinError>) {
        match done {
            Ok(done) => {
                if let Some(count) = self.running_of.get_mut(&done.kind) {
                    *count -= 1;
                }
                self.renewed.remove(&done.row.id);
                self.finished.push(done);
            }
            // Panics are caught inside the task, and nothing aborts it.
            Err(error) => {
                tracing::error!(%error, "a job's task was lost; it runs again when its claim expires");
            }
        }
    }

    fn note_due(&mut self, kind: Kind) {
        if !self.due.contains(&kind) {
            self.due.push(kind);
        }
    }

    /// Number of free slots for jobs of a kind, when this round has already claimed `claimed` jobs of other kinds.
    fn slots(&self, kind: Kind, claimed: usize) -> usize {
        let running = self.running_of.get(&kind).copied().unwrap_or_default();
        let all = AT_ONCE.saturating_sub(self.running.len() + claimed);
        kind.limits().at_once.saturating_sub(running).min(all)
    }

    fn has_place_for_due(&self) -> bool {
        self.due.iter().any(|kind| self.slots(*kind, 0) > 0)
    }

    async fn look(&mut self) {
        if let Err(error) = self.try_to_look().await {
            tracing::warn!(%error, "the job queue does not answer; it is tried again");
        }
    }

    /// Only reads while no long job runs, because most of the time no job is due.
    async fn try_to_look(&mut self) -> Result<(), Error> {
        let now = self.app.clock.now();
        self.renew_claims(now).await?;
        for kind in Kind::ALL {
            if job::is_job_due(&self.app.db, kind.as_str(), now).await? {
                self.note_due(kind);
            }
        }
        park_unknown(&self.app, now).await
    }

    async fn renew_claims(&self, now: DateTime<Utc>) -> Result<(), Error> {
        if self.renewed.is_empty() {
            return Ok(());
        }
        let mut tx = self.app.db.begin().await?;
        for (id, kind) in &self.renewed {
            job::renew_claim(&mut tx, *id, now + kind.claim()).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn round(&mut self, is_stopped: bool) -> Result<(), Error> {
        let now = self.app.clock.now();
        let mut tx = self.app.db.begin().await?;
        write_results(&mut tx, &self.finished, now).await?;
        let (mut claimed, mut exhausted) = (Vec::new(), Vec::new());
        for kind in Kind::ALL.into_iter().filter(|kind| !is_stopped && self.due.contains(kind)) {
            let slots = self.slots(kind, claimed.len());
            if slots == 0 {
                continue;
            }
            let limit = i64::try_from(slots).map_err(Error::internal)?;
            let rows = job::claim_jobs(&mut tx, kind.as_str(), limit, now, now + kind.claim()).await?;
            if rows.len() < slots {
                exhausted.push(kind);
            }
            claimed.extend(rows.into_iter().map(|row| (kind, row)));
        }
        tx.commit().await?;
        self.finished.clear();
        self.due.retain(|kind| !exhausted.contains(kind));
        for (kind, row) in claimed {
            self.begin(kind, row, now);
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind, row: job::Job, now: DateTime<Utc>) {
        let limits = kind.limits();
        let retry_at = now + limits.retry_after(row.attempts);
        let last = retry_at - row.created_at > limits.give_up_after;
        let attempt = Attempt { number: row.attempts, queued_at: row.created_at, retry_at, last };
        *self.running_of.entry(kind).or_default() += 1;
        if kind.is_renewed() {
            self.renewed.insert(row.id, kind);
        }
        let app = self.app.clone();
        self.running.spawn(async move {
            let result = run(&app, kind, &row, attempt).await;
            Finished { row, kind, attempt, result }
        });
    }
}

/// Parks jobs of kinds that this version does not have, so that people see them.
async fn park_unknown(app: &App, now: DateTime<Utc>) -> Result<(), Error> {
    let unknown = job::list_unknown_jobs(&app.db, Kind::ALL.map(Kind::as_str), now).await?;
    if unknown.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    for (id, name) in unknown {
        tracing::warn!(job = id, name, "job given up: this version does not support it");
        job::park_job(&mut tx, id, &format!("This version does not support the job {name}."), now).await?;
    }
    Ok(tx.commit().await?)
}

/// Turns a panic into a failure of this job, so that other jobs keep running.
async fn run(app: &App, kind: Kind, row: &job::Job, attempt: Attempt) -> Result<(), JobError> {
    let job = Job::read(row)?;
    let time = kind.limits().time;
    let work = tokio::time::timeout(time, super::run(job, app, attempt));
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(JobError::Retry(format!("It took longer than {} seconds.", time.as_secs()))),
        Err(panic) => Err(JobError::Fail(format!("It ended unexpectedly: {}", panic_message(&*panic)))),
    }
}

/// The message of a panic.
pub(super) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given")
}

async fn write_results(tx: &mut Tx, finished: &[Finished], now: DateTime<Utc>) -> Result<(), Error> {
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for Finished { row, attempt, result, .. } in finished {
        match result {
            Ok(()) => done.push(row.id),
            Err(error) => failed.push((row, attempt, error)),
        }
    }
    if !done.is_empty() {
        job::delete_jobs(tx, &done).await?;
    }
    // The account's settings are locked last, as where settings are saved, so that the two cannot deadlock.
    failed.sort_by_key(|(_, _, error)| match error {
        JobError::Wait { waits_for, .. } => Reverse(*waits_for),
        _ => Reverse(0),
    });
    for (row, attempt, error) in failed {
        match error {
            JobError::Retry(reason) if !attempt.last => {
                tracing::info!(job = row.id, name = row.name, reason, "job is tried again later");
                job::retry_job(tx, row.id, attempt.retry_at, reason).await?;
            }
            JobError::RetryAt { at, reason } => {
                tracing::info!(job = row.id, name = row.name, reason, "job is tried again later");
                job::retry_job(tx, row.id, *at, reason).await?;
            }
            JobError::Wait { at, waits_for, reason } => {
                let wait = job::Wait { waits_for: *waits_for, until: *at, reason };
                job::wait_with_job(tx, row.id, wait).await?;
            }
            JobError::Retry(reason) | JobError::Fail(reason) => {
                tracing::warn!(job = row.id, name = row.name, reason, "job given up");
                job::park_job(tx, row.id, reason, now).await?;
            }
        }
    }
    Ok(())
}
