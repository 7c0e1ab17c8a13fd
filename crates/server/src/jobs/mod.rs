//! Background jobs: rows in the database, queued in the transaction that causes them, done by whichever server is there.
//!
//! A job that fails is tried again, later and later, for a day; one that cannot succeed is parked with its reason. A
//! job must bear being done twice: a worker may be killed after the work and before the row is gone.

mod request_password_reset;
mod send_mail;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::{Db, Tx, job};
use tokio::sync::{Notify, watch};

use crate::{App, Error};

const WORKERS: usize = 4;
/// How long a job may take; its claim lives a little longer.
const TIMEOUT: Duration = Duration::from_mins(2);
const CLAIM: TimeDelta = TimeDelta::minutes(3);
/// How often somebody looks when nobody was told.
const POLL: Duration = Duration::from_secs(5);
const FIRST_RETRY: TimeDelta = TimeDelta::minutes(1);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(4);
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// What there is to do; stored by name with its fields as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "payload", rename_all = "snake_case")]
pub enum Job {
    SendMail { message_id: i64 },
    RequestPasswordReset { email: String },
}

/// How a job did not succeed.
#[derive(Debug)]
pub enum JobError {
    /// It may succeed later.
    Retry(String),
    /// It never will.
    Fail(String),
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        Self::Retry(error.to_string())
    }
}

impl From<testkeep_store::StoreError> for JobError {
    fn from(error: testkeep_store::StoreError) -> Self {
        Self::Retry(error.to_string())
    }
}

impl Job {
    /// Does nothing until the transaction is committed; then tell the workers with [`Jobs::wake`].
    pub async fn queue(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<(), Error> {
        let text = serde_json::to_value(self).map_err(Error::internal)?;
        let (name, payload) = (text["name"].as_str().unwrap_or_default(), text["payload"].to_string());
        job::create_job(tx, name, &payload, now).await?;
        Ok(())
    }

    fn read(row: &job::Job) -> Result<Self, JobError> {
        let payload: serde_json::Value =
            serde_json::from_str(&row.payload).map_err(|error| JobError::Fail(error.to_string()))?;
        serde_json::from_value(serde_json::json!({ "name": row.name, "payload": payload }))
            .map_err(|error| JobError::Fail(format!("This version does not know this job: {error}")))
    }

    async fn run(self, app: &App, last: bool) -> Result<(), JobError> {
        match self {
            Self::SendMail { message_id } => send_mail::run(app, message_id, last).await,
            Self::RequestPasswordReset { email } => request_password_reset::run(app, &email).await,
        }
    }
}

/// Tells the workers of this server that something was queued, and when to end.
#[derive(Debug, Default)]
pub struct Jobs {
    queued: Notify,
    stop: watch::Sender<bool>,
}

impl Jobs {
    pub fn wake(&self) {
        self.queued.notify_waiters();
        // For a worker that is just about to wait.
        self.queued.notify_one();
    }

    /// Nothing new is begun; what runs may end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits for [`Jobs::stop`].
    pub async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        let _never_closed = stop.wait_for(|stopped| *stopped).await;
    }

    /// Until there may be something to do; returns whether there may.
    async fn wait(&self, told: impl Future<Output = ()>) -> bool {
        tokio::select! {
            _told_or_not = tokio::time::timeout(POLL, told) => true,
            () = self.stopped() => false,
        }
    }
}

/// Runs until [`Jobs::stop`].
pub async fn work(app: App) {
    if let Db::Sqlite { .. } = app.db {
        // No other server has this database, so what is claimed was held by one that was killed.
        if let Err(error) = job::release_claims(&app.db).await {
            tracing::warn!(%error, "what a killed server held is done when its claim runs out");
        }
    }
    futures_util::future::join_all((0..WORKERS).map(|_| worker(app.clone()))).await;
}

async fn worker(app: App) {
    while !*app.jobs.stop.borrow() {
        let goes_on = match run_next(&app).await {
            Ok(true) => true,
            Ok(false) => app.jobs.wait(app.jobs.queued.notified()).await,
            Err(error) => {
                tracing::warn!(%error, "the job queue does not answer; it is asked again");
                app.jobs.wait(std::future::pending()).await
            }
        };
        if !goes_on {
            return;
        }
    }
}

/// Returns whether there was one.
async fn run_next(app: &App) -> Result<bool, Error> {
    let now = app.clock.now();
    let Some(row) = job::claim_job(&app.db, now, now + CLAIM).await? else { return Ok(false) };
    let retry_at = now + retry_after(row.attempts);
    let last = retry_at - row.created_at > GIVE_UP_AFTER;
    let result = run_apart(app, &row, last).await;
    let mut tx = app.db.begin().await?;
    match result {
        Ok(()) => job::delete_job(&mut tx, row.id).await?,
        Err(JobError::Retry(reason)) if !last => {
            tracing::info!(job = row.id, name = row.name, reason, "job is tried again later");
            job::retry_job(&mut tx, row.id, retry_at, &reason).await?;
        }
        Err(JobError::Retry(reason) | JobError::Fail(reason)) => {
            tracing::warn!(job = row.id, name = row.name, reason, "job given up");
            job::park_job(&mut tx, row.id, &reason, now).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// In a task of its own, so that a panic is this job's failure and nobody else's.
async fn run_apart(app: &App, row: &job::Job, last: bool) -> Result<(), JobError> {
    let job = Job::read(row)?;
    let app = app.clone();
    let task = tokio::spawn(async move { tokio::time::timeout(TIMEOUT, job.run(&app, last)).await });
    match task.await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(JobError::Retry(format!("It took longer than {} seconds.", TIMEOUT.as_secs()))),
        Err(panic) => Err(JobError::Fail(format!("It ended unexpectedly: {panic}"))),
    }
}

/// One minute, two, four, … four hours.
pub fn retry_after(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 10) - 1).unwrap_or_default();
    (FIRST_RETRY * 2_i32.pow(doublings)).min(LONGEST_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_later_and_later() {
        let minutes = |attempts| retry_after(attempts).num_minutes();
        assert_eq!([1, 2, 3, 8, 9, 100].map(minutes), [1, 2, 4, 128, 240, 240]);
    }
}
