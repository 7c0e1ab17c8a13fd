//! The job that deletes an execution with its results and files.

use crate::App;
use crate::ops::reports::deletion;
use crate::queue::JobError;

pub(super) async fn run(app: &App, execution_id: i64) -> Result<(), JobError> {
    Ok(deletion::finish_deletion(app, execution_id).await?)
}
