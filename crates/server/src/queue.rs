//! The queue of background jobs: the job types, their limits, and how workers are woken and stopped.
//!
//! A job is a row that is written in the transaction that causes it (`ops::change`), so that neither exists without the
//! other. Any server on the database may claim it for a while; the claim of a server that was killed runs out, and the
//! job is done again. So every job must bear being done twice. A failed job is tried again, later and later; a job that
//! cannot succeed is parked with its reason. [`crate::jobs`] runs them. Must never know what a job does.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::{Tx, job};
use tokio::sync::{Notify, watch};

use crate::Error;

/// Stored by name with its fields as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "payload", rename_all = "snake_case")]
pub enum Job {
    SendMail {
        message_id: i64,
    },
    RequestPasswordReset {
        email: String,
    },
    /// Does nothing: it shows that the queue works, and how fast.
    CheckQueue {},
}

/// The types of jobs. In order of priority: when a server has fewer free places than there is to do, the first kinds
/// get them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    RequestPasswordReset,
    SendMail,
    CheckQueue,
}

/// How jobs of a kind are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// On one server.
    pub at_once: usize,
    /// A job that takes longer is ended and tried again.
    pub time: Duration,
    /// Doubles with every attempt, up to `longest_retry`.
    pub first_retry: TimeDelta,
    pub longest_retry: TimeDelta,
    /// Since it was queued.
    pub give_up_after: TimeDelta,
}

/// Jobs of all kinds at once, on one server.
pub const AT_ONCE: usize = 16;
/// How much longer a claim lasts than the job may take.
const CLAIM_RESERVE: TimeDelta = TimeDelta::minutes(1);

impl Kind {
    pub const ALL: [Self; 3] = [Self::RequestPasswordReset, Self::SendMail, Self::CheckQueue];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequestPasswordReset => "request_password_reset",
            Self::SendMail => "send_mail",
            Self::CheckQueue => "check_queue",
        }
    }

    pub const fn limits(self) -> Limits {
        let at_once = match self {
            Self::RequestPasswordReset | Self::SendMail => 4,
            Self::CheckQueue => AT_ONCE,
        };
        Limits {
            at_once,
            time: Duration::from_mins(2),
            first_retry: TimeDelta::minutes(1),
            longest_retry: TimeDelta::hours(4),
            give_up_after: TimeDelta::hours(24),
        }
    }

    /// How long a claim lasts: nobody else gets the job while it may still run.
    pub fn claim(self) -> TimeDelta {
        TimeDelta::from_std(self.limits().time).unwrap_or(TimeDelta::MAX) + CLAIM_RESERVE
    }

    /// Of any kind: no retry lies further ahead.
    pub fn longest_retry() -> TimeDelta {
        Self::ALL.into_iter().map(|kind| kind.limits().longest_retry).max().unwrap_or_default()
    }

    /// Of any kind: no claim lasts longer.
    pub fn longest_claim() -> TimeDelta {
        Self::ALL.into_iter().map(Self::claim).max().unwrap_or_default()
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl Limits {
    /// The pause after this attempt, from 1: the first retry's, twice as long, four times, …
    pub fn retry_after(&self, attempts: i64) -> TimeDelta {
        let doublings = u32::try_from(attempts.clamp(1, 10) - 1).unwrap_or_default();
        (self.first_retry * 2_i32.pow(doublings)).min(self.longest_retry)
    }
}

/// How a job did not succeed.
#[derive(Debug)]
pub enum JobError {
    /// It may succeed later.
    Retry(String),
    /// As [`JobError::Retry`], at a time that the job names.
    RetryAt { at: DateTime<Utc>, reason: String },
    /// Nothing is wrong with the job; it does not count as an attempt. It goes on earlier when what it waits for works
    /// again ([`job::release_waiting`]).
    Wait { at: DateTime<Utc>, waits_for: i64, reason: String },
    /// It never will.
    Fail(String),
}

/// Which attempt at a job this is.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// From 1; waiting does not count.
    pub number: i64,
    pub queued_at: DateTime<Utc>,
    /// When the job is tried again if this attempt fails.
    pub retry_at: DateTime<Utc>,
    /// The job is given up if this attempt fails.
    pub last: bool,
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
    pub fn kind(&self) -> Kind {
        match self {
            Self::SendMail { .. } => Kind::SendMail,
            Self::RequestPasswordReset { .. } => Kind::RequestPasswordReset,
            Self::CheckQueue {} => Kind::CheckQueue,
        }
    }

    /// Writes the rows. Use [`crate::ops::change::Change::queue`], which wakes the workers after the commit.
    pub async fn write(jobs: &[Self], tx: &mut Tx, now: DateTime<Utc>) -> Result<(), Error> {
        let rows = jobs.iter().map(Self::row).collect::<Result<Vec<_>, Error>>()?;
        Ok(job::create_jobs(tx, &rows, now).await?)
    }

    fn row(&self) -> Result<job::NewJob, Error> {
        let text = serde_json::to_value(self).map_err(Error::internal)?;
        Ok(job::NewJob { name: self.kind().as_str(), payload: text["payload"].to_string() })
    }

    /// # Errors
    /// [`JobError::Fail`]: another version of the program queued the job.
    pub fn read(row: &job::Job) -> Result<Self, JobError> {
        let payload: serde_json::Value =
            serde_json::from_str(&row.payload).map_err(|error| JobError::Fail(error.to_string()))?;
        serde_json::from_value(serde_json::json!({ "name": row.name, "payload": payload })).map_err(|error| {
            JobError::Fail(format!("This version does not know the job {} {payload}: {error}", row.name))
        })
    }
}

/// Tells this server's workers that jobs were queued, and when to end.
#[derive(Debug, Default)]
pub struct Queue {
    /// Kinds of which something may be due, a bit each.
    due: AtomicU32,
    woken: Notify,
    stop: watch::Sender<bool>,
}

impl Queue {
    /// Jobs of these kinds may be due now.
    pub fn wake(&self, kinds: impl IntoIterator<Item = Kind>) {
        let bits = kinds.into_iter().fold(0, |bits, kind| bits | kind.bit());
        if bits != 0 {
            self.due.fetch_or(bits, Ordering::AcqRel);
            self.woken.notify_one();
        }
    }

    /// Kinds that were woken since the last call.
    pub(crate) fn take_due(&self) -> Vec<Kind> {
        let bits = self.due.swap(0, Ordering::AcqRel);
        Kind::ALL.into_iter().filter(|kind| bits & kind.bit() != 0).collect()
    }

    pub(crate) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// No job is begun any more; running jobs may end.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits for [`Queue::stop`].
    pub async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        let _never_closed = stop.wait_for(|stopped| *stopped).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_later_and_later() {
        let minutes = |attempts| Kind::SendMail.limits().retry_after(attempts).num_minutes();
        assert_eq!([1, 2, 3, 8, 9, 100].map(minutes), [1, 2, 4, 128, 240, 240]);
    }

    #[test]
    fn every_job_is_read_as_it_was_written() {
        let jobs = [
            Job::SendMail { message_id: 7 },
            Job::RequestPasswordReset { email: "a@example.com".into() },
            Job::CheckQueue {},
        ];
        assert_eq!(jobs.len(), Kind::ALL.len());
        for job in jobs {
            let row = job.row().unwrap();
            let now = testkeep_domain::Clock::system().now();
            let row =
                job::Job { id: 1, name: row.name.into(), payload: row.payload, attempts: 1, created_at: now };
            assert_eq!(Job::read(&row).unwrap(), job);
        }
    }

    #[test]
    fn a_kind_is_woken_once() {
        let queue = Queue::default();
        queue.wake([Kind::CheckQueue, Kind::SendMail, Kind::SendMail]);
        assert_eq!(queue.take_due(), [Kind::SendMail, Kind::CheckQueue]);
        assert!(queue.take_due().is_empty());
    }
}
