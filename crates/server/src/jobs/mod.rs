//! Background work: the jobs of the queue, one file per kind, and periodic work.
//!
//! [`dispatch`] claims and runs jobs; [`schedule`] repeats periodic tasks. Must never be used by `ops`: an operation
//! queues a job (`crate::queue`), and does not depend on the worker that runs it.

mod count_licenses;
mod delete_execution;
mod dispatch;
pub(crate) mod housekeeping;
mod read_reports;
pub(crate) mod remind_of_license_end;
mod request_password_reset;
mod schedule;
mod send_mail;

use crate::App;
use crate::ops::undo;
use crate::queue::{Attempt, Job, JobError};

/// Runs until [`crate::queue::Queue::stop`]. Then no new job begins, and running jobs may finish.
pub(crate) async fn work(app: App) {
    // Periodic work is aborted at once, because each piece of it is a transaction of its own.
    tokio::select! {
        () = dispatch::dispatch(app.clone()) => {}
        () = schedule::repeat(app) => {}
    }
}

async fn run(job: Job, app: &App, attempt: Attempt) -> Result<(), JobError> {
    match job {
        Job::SendMail { message_id } => send_mail::run(app, message_id, attempt).await,
        Job::RequestPasswordReset { email } => request_password_reset::run(app, &email).await,
        Job::ReadReports { execution_id } => read_reports::run(app, execution_id, attempt).await,
        Job::DeleteExecution { execution_id } => delete_execution::run(app, execution_id).await,
        Job::EndUndo { undo_id } => Ok(undo::end(app, undo_id).await?),
        Job::CheckQueue {} => Ok(()),
    }
}
