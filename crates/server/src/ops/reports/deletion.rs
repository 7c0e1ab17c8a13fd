//! Deletes an execution: at once for people, in pieces for the database and the disk.

use testkeep_domain::audit::AuditAction;
use testkeep_domain::execution::ExecutionState;
use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_store::reports::{execution, execution_file};
use testkeep_store::rows::Rows;

use crate::identity::auth::Caller;
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::reports::clearing::clear_results;
use crate::queue::Job;
use crate::{App, Error};

/// Files in one transaction.
const PIECE: i64 = 200;

/// Hides the execution and queues its deletion.
pub(crate) async fn delete_execution(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    let found = execution::find_execution_state(&app.db, id).await?.ok_or(Error::NotFound)?;
    let action = ProjectAction::EditProject;
    let mut change = Change::begin(app, caller, Level::Project, found.project_id, action).await?;
    let found = execution::find_execution_state(change.tx(), id).await?.ok_or(Error::NotFound)?;
    if found.state == ExecutionState::Deleting.as_str() {
        return Err(Error::NotFound);
    }
    let now = change.now();
    execution::update_execution_state(change.tx(), id, ExecutionState::Deleting.as_str(), now).await?;
    let event = change.event_at(AuditAction::DeleteExecution, "execution", Some(id), found.name);
    change.record(event.detail("number", found.number));
    change.queue(Job::DeleteExecution { execution_id: id });
    change.commit().await
}

/// Deletes results, files and rows. It may be repeated at any point.
pub(crate) async fn finish_deletion(app: &App, id: i64) -> Result<(), Error> {
    let Some(found) = execution::find_execution_state(&app.db, id).await? else { return Ok(()) };
    clear_results(app, found.project_id, id).await?;
    delete_files(app, id).await?;
    if let Some(texts) = &found.texts {
        app.files.delete(texts).await?;
    }
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    execution::delete_execution(change.tx(), id).await?;
    change.commit().await
}

/// Deletes all files of an execution.
async fn delete_files(app: &App, id: i64) -> Result<(), Error> {
    loop {
        let files = execution_file::list_files(&app.db, id, 0, PIECE).await?;
        if files.is_empty() {
            return Ok(());
        }
        for file in &files {
            app.files.delete(&file.place).await?;
        }
        let ids = Rows::of(files.iter().map(|file| file.id));
        let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
        execution_file::delete_files(change.tx(), &ids).await?;
        change.commit().await?;
    }
}

/// Deletes the files that an earlier reading took out of reports.
pub(crate) async fn delete_embedded(app: &App, id: i64) -> Result<(), Error> {
    let mut after = 0;
    loop {
        let files = execution_file::list_files(&app.db, id, after, PIECE).await?;
        let Some(last) = files.last() else { return Ok(()) };
        after = last.id;
        let embedded: Vec<_> = files.iter().filter(|file| file.kind == "embedded").collect();
        for file in &embedded {
            app.files.delete(&file.place).await?;
        }
        let ids = Rows::of(embedded.iter().map(|file| file.id));
        if !ids.is_empty() {
            let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
            execution_file::delete_files(change.tx(), &ids).await?;
            change.commit().await?;
        }
    }
}
