//! The queue of background jobs: the job types, their limits, and how workers are woken and stopped.
//!
//! A job is a row that is written in the transaction of the change that causes it (`ops::change`), so that neither
//! exists without the other. Any server on the database may claim it for a while. When a server is killed, its claims
//! expire and the jobs run again, so every job must tolerate running twice. A failed job is tried again with growing
//! pauses; a job that cannot succeed is parked with its reason. [`crate::jobs`] runs the jobs. Must never depend on
//! what a job does.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use testkeep_store::{Tx, job};
use tokio::sync::{Notify, watch};

use crate::Error;

/// A job, stored as its name and its fields as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "payload", rename_all = "snake_case")]
pub enum Job {
    SendMail {
        message_id: i64,
    },
    RequestPasswordReset {
        email: String,
    },
    /// The time to undo is over: deletes what could be restored, and sends the mails that waited for it.
    EndUndo {
        undo_id: i64,
    },
    /// Reads the files of an execution. A second reading replaces the first.
    ReadReports {
        execution_id: i64,
    },
    /// Deletes an execution with its results and files.
    DeleteExecution {
        execution_id: i64,
    },
    /// Does nothing. It tests that the queue works, and measures its speed.
    CheckQueue {},
}

/// The types of jobs, in order of priority: if a server has fewer free places than due jobs, the first kinds get them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    RequestPasswordReset,
    SendMail,
    ReadReports,
    EndUndo,
    DeleteExecution,
    CheckQueue,
}

/// How jobs of a kind are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of running jobs of the kind on one server.
    pub at_once: usize,
    /// Time limit of a job. A longer one is ended and tried again.
    pub time: Duration,
    /// Pause before the first retry. It doubles with every attempt, up to `longest_retry`.
    pub first_retry: TimeDelta,
    pub longest_retry: TimeDelta,
    /// Counted from the time when the job was queued.
    pub give_up_after: TimeDelta,
}

/// Maximum number of running jobs of all kinds on one server.
pub(crate) const AT_ONCE: usize = 16;
/// How long a claim of a job lasts that is renewed while the job runs. So the job of a killed server is not lost for long.
const RENEWED_CLAIM: TimeDelta = TimeDelta::seconds(20);
/// A claim lasts this much longer than the job's time limit.
const CLAIM_RESERVE: TimeDelta = TimeDelta::minutes(1);

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::RequestPasswordReset,
        Self::SendMail,
        Self::ReadReports,
        Self::EndUndo,
        Self::DeleteExecution,
        Self::CheckQueue,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequestPasswordReset => "request_password_reset",
            Self::SendMail => "send_mail",
            Self::ReadReports => "read_reports",
            Self::EndUndo => "end_undo",
            Self::DeleteExecution => "delete_execution",
            Self::CheckQueue => "check_queue",
        }
    }

    pub const fn limits(self) -> Limits {
        let at_once = match self {
            Self::RequestPasswordReset | Self::SendMail | Self::EndUndo => 4,
            // They read files and write many rows.
            Self::ReadReports => 2,
            Self::DeleteExecution => 1,
            Self::CheckQueue => AT_ONCE,
        };
        let time = match self {
            Self::ReadReports | Self::DeleteExecution => Duration::from_mins(30),
            _ => Duration::from_mins(2),
        };
        Limits {
            at_once,
            time,
            first_retry: TimeDelta::minutes(1),
            longest_retry: TimeDelta::hours(4),
            give_up_after: TimeDelta::hours(24),
        }
    }

    /// Whether jobs of this kind may take long, so that their claims are short and renewed while they run. When that
    /// fails, another server may begin the job too, and the job must be made for that.
    pub fn is_renewed(self) -> bool {
        matches!(self, Self::ReadReports | Self::DeleteExecution)
    }

    /// How long a claim lasts. No other server can claim the job while it may still run.
    pub fn claim(self) -> TimeDelta {
        if self.is_renewed() {
            return RENEWED_CLAIM;
        }
        TimeDelta::from_std(self.limits().time).unwrap_or(TimeDelta::MAX) + CLAIM_RESERVE
    }

    /// The longest pause before a retry, of all kinds.
    pub fn longest_retry() -> TimeDelta {
        Self::ALL.into_iter().map(|kind| kind.limits().longest_retry).max().unwrap_or_default()
    }

    /// The longest claim, of all kinds.
    pub fn longest_claim() -> TimeDelta {
        Self::ALL.into_iter().map(Self::claim).max().unwrap_or_default()
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl Limits {
    /// The pause after attempt number `attempts` (from 1): the first retry's pause, then doubled each time, up to the
    /// maximum.
    pub fn retry_after(&self, attempts: i64) -> TimeDelta {
        let doublings = u32::try_from(attempts.clamp(1, 10) - 1).unwrap_or_default();
        (self.first_retry * 2_i32.pow(doublings)).min(self.longest_retry)
    }
}

/// Why a job did not succeed.
#[derive(Debug)]
pub enum JobError {
    /// The job may succeed later.
    Retry(String),
    /// As [`JobError::Retry`], at a given time.
    RetryAt { at: DateTime<Utc>, reason: String },
    /// The job itself is fine, so this is not counted as an attempt. It becomes due earlier when the settings it waits
    /// for work again ([`job::release_waiting`]).
    Wait { at: DateTime<Utc>, waits_for: i64, reason: String },
    /// The job can never succeed.
    Fail(String),
}

/// The number and times of an attempt at a job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// Counted from 1, without waiting.
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
            Self::ReadReports { .. } => Kind::ReadReports,
            Self::EndUndo { .. } => Kind::EndUndo,
            Self::DeleteExecution { .. } => Kind::DeleteExecution,
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
    /// [`JobError::Fail`] when another version of the program has queued a job that this version does not support.
    pub fn read(row: &job::Job) -> Result<Self, JobError> {
        let payload: serde_json::Value =
            serde_json::from_str(&row.payload).map_err(|error| JobError::Fail(error.to_string()))?;
        serde_json::from_value(serde_json::json!({ "name": row.name, "payload": payload })).map_err(|error| {
            JobError::Fail(format!("This version does not support the job {} {payload}: {error}", row.name))
        })
    }
}

/// Wakes and stops this server's workers.
#[derive(Debug, Default)]
pub struct Queue {
    /// Kinds that may have due jobs, one bit per kind.
    due: AtomicU32,
    woken: Notify,
    stop: watch::Sender<bool>,
}

impl Queue {
    /// Wakes the workers, because jobs of these kinds may be due.
    pub fn wake(&self, kinds: impl IntoIterator<Item = Kind>) {
        let bits = kinds.into_iter().fold(0, |bits, kind| bits | kind.bit());
        if bits != 0 {
            self.due.fetch_or(bits, Ordering::AcqRel);
            self.woken.notify_one();
        }
    }

    /// Returns the kinds that were woken since the last call.
    pub(crate) fn take_due(&self) -> Vec<Kind> {
        let bits = self.due.swap(0, Ordering::AcqRel);
        Kind::ALL.into_iter().filter(|kind| bits & kind.bit() != 0).collect()
    }

    pub(crate) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// No new job begins; running jobs may finish.
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
            Job::ReadReports { execution_id: 7 },
            Job::EndUndo { undo_id: 7 },
            Job::DeleteExecution { execution_id: 7 },
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
