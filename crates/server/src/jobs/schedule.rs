//! Periodic work: the tasks that every server repeats while it runs.
//!
//! Each task has its own interval. A failure or a panic is logged, and the task runs again at its next time. Several
//! servers on one database do the same work, so a task must tolerate running on two servers at the same time. Intervals
//! are measured with a monotonic clock, so setting the system clock back does not stop a task.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt as _;

use super::{count_licenses, dispatch, housekeeping};
use crate::{App, Error};

/// Interval of the check whether a task is due.
const LOOK: Duration = Duration::from_secs(10);
/// Short, so that each move is short: a commit that comes in its middle waits for the same disk.
const CHECKPOINT: Duration = Duration::from_millis(100);
/// A clock that is behind by more than this was set back.
const SET_BACK: TimeDelta = TimeDelta::minutes(1);

#[derive(Clone, Copy, Debug)]
enum Task {
    /// Deletes old rows, and reminds of licenses that end.
    Housekeeping,
    /// Ends expired leases and sessions, and records the seats in use.
    CountLicenses,
    /// Moves the embedded database's log of last writes to its main file.
    Checkpoint,
}

impl Task {
    fn pace(self) -> Duration {
        match self {
            Self::Housekeeping => Duration::from_mins(10),
            Self::CountLicenses => LOOK,
            Self::Checkpoint => CHECKPOINT,
        }
    }

    async fn run(self, app: &App, hour: &mut Option<DateTime<Utc>>) -> Result<(), Error> {
        match self {
            Self::Housekeeping => housekeeping::run(app).await,
            Self::CountLicenses => count_licenses::run(app, hour).await,
            Self::Checkpoint => {
                // Twice a second: a full disk shows itself at the next write, with its own words.
                if let Err(error) = app.db.checkpoint().await {
                    tracing::debug!(%error, "the log of last writes stays as it is");
                }
                Ok(())
            }
        }
    }
}

/// Repeats all tasks; never returns.
pub(super) async fn repeat(app: App) {
    tokio::join!(
        repeat_task(&app, Task::Housekeeping),
        repeat_task(&app, Task::CountLicenses),
        repeat_task(&app, Task::Checkpoint)
    );
}

async fn repeat_task(app: &App, task: Task) {
    let mut hour = None;
    loop {
        match AssertUnwindSafe(task.run(app, &mut hour)).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, ?task, "periodic work failed; it is tried again"),
            Err(panic) => {
                let reason = dispatch::panic_message(&*panic);
                tracing::error!(reason, ?task, "periodic work ended unexpectedly; it is tried again");
            }
        }
        wait(app, task.pace()).await;
    }
}

/// Waits until the interval is over. Returns early when the clock was set back, so that the task repairs times in the
/// future at once.
async fn wait(app: &App, pace: Duration) {
    let (began, at) = (Instant::now(), app.clock.now());
    while began.elapsed() < pace {
        tokio::time::sleep(LOOK.min(pace)).await;
        let passed = TimeDelta::from_std(began.elapsed()).unwrap_or_default();
        if app.clock.now() < at + passed - SET_BACK {
            return;
        }
    }
}
