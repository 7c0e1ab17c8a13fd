//! What runs beside requests: the jobs of the queue, one file a kind, and periodic work.
//!
//! [`dispatch`] claims jobs and runs them; [`schedule`] repeats what comes back by itself. Must never be used by `ops`:
//! an operation queues a job (`crate::queue`) and does not know who runs it.

mod count_licenses;
mod dispatch;
pub mod housekeeping;
pub mod remind_of_license_end;
mod request_password_reset;
mod schedule;
mod send_mail;

use crate::App;
use crate::queue::{Attempt, Job, JobError};

/// Runs until [`crate::queue::Queue::stop`]: then no job is begun, and running ones may end.
pub async fn work(app: App) {
    // Periodic work ends at once: each piece of it is a transaction of its own.
    tokio::select! {
        () = dispatch::dispatch(app.clone()) => {}
        () = schedule::repeat(app) => {}
    }
}

async fn run(job: Job, app: &App, attempt: Attempt) -> Result<(), JobError> {
    match job {
        Job::SendMail { message_id } => send_mail::run(app, message_id, attempt).await,
        Job::RequestPasswordReset { email } => request_password_reset::run(app, &email).await,
        Job::CheckQueue {} => Ok(()),
    }
}
