//! A new execution from an uploaded file.
//!
//! The file is stored before; this writes the rows and queues the reading. The same upload key twice is one execution.

use testkeep_domain::execution::ExecutionState;
use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_store::reports::execution::{self, About, NewExecution};
use testkeep_store::reports::execution_file::{self, NewFile};
use testkeep_store::scopes::project;

use crate::identity::auth::Caller;
use crate::ops::change::Change;
use crate::queue::Job;
use crate::stored_files::Saved;
use crate::{App, Error};

/// Maximum size of all files of a project, in bytes.
const PROJECT_MAX: i64 = 100 * 1024 * 1024 * 1024;
/// Maximum number of characters of a text about a run.
const TEXT_MAX: usize = 500;

/// An uploaded file that is stored.
#[derive(Clone, Debug)]
pub(crate) struct UploadedFile {
    pub name: String,
    pub media_type: &'static str,
    pub saved: Saved,
}

/// An execution, and whether an earlier upload with the same key began it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    pub id: i64,
    pub number: i64,
    pub is_repeated: bool,
}

/// The page of an execution: a link for people.
pub(crate) fn page_of(app: &App, id: i64) -> String {
    format!("{}/executions/{id}", app.config.server_url.as_str())
}

/// Checks the permission before the file is received.
pub(crate) async fn require_upload(app: &App, caller: &Caller, project_id: i64) -> Result<(), Error> {
    let access = caller.access(&app.db, Level::Project, project_id).await?;
    access.require(ProjectAction::UploadTestResults)?;
    let row = project::find_project(&app.db, project_id, caller.user_id).await?.ok_or(Error::NotFound)?;
    if row.archived_at.is_some() {
        return Err(Error::Conflict(
            "This project is archived, so nothing can be uploaded to it. Unarchive it first.".into(),
        ));
    }
    if execution_file::sum_sizes(&app.db, project_id).await? > PROJECT_MAX {
        return Err(Error::Conflict(format!(
            "The files of this project need more than {} GiB. Delete old executions first.",
            PROJECT_MAX / 1024 / 1024 / 1024
        )));
    }
    Ok(())
}

/// The execution of an earlier upload with this key.
pub(crate) async fn find_repeated(app: &App, project_id: i64, key: &str) -> Result<Option<Begun>, Error> {
    let found = execution::find_execution_by_key(&app.db, project_id, key).await?;
    Ok(found.map(|it| Begun { id: it.id, number: it.number, is_repeated: true }))
}

pub(crate) async fn begin_execution(
    app: &App,
    caller: &Caller,
    project_id: i64,
    about: &About,
    key: Option<&str>,
    file: &UploadedFile,
) -> Result<Begun, Error> {
    let action = ProjectAction::UploadTestResults;
    let mut change = Change::begin(app, caller, Level::Project, project_id, action).await?;
    let now = change.now();
    execution::lock_executions(change.tx(), project_id).await?;
    if let Some(key) = key
        && let Some(found) = execution::find_execution_by_key(change.tx(), project_id, key).await?
    {
        return Ok(Begun { id: found.id, number: found.number, is_repeated: true });
    }
    let new = NewExecution {
        project_id,
        user_id: Some(caller.user_id),
        state: ExecutionState::Reading.as_str(),
        upload_key: key,
        session_key: None,
        about,
    };
    let created = execution::create_execution(change.tx(), new, now).await?;
    let new = NewFile {
        execution_id: created.id,
        name: &file.name,
        media_type: file.media_type,
        size: i64::try_from(file.saved.size).unwrap_or(i64::MAX),
        hash: &file.saved.hash,
        place: &file.saved.place,
        kind: "upload",
    };
    execution_file::create_file(change.tx(), new).await?;
    change.queue(Job::ReadReports { execution_id: created.id });
    change.commit().await?;
    Ok(Begun { id: created.id, number: created.number, is_repeated: false })
}

/// Reads the files of an execution again.
pub(crate) async fn read_again(app: &App, caller: &Caller, id: i64) -> Result<(), Error> {
    let found = execution::find_execution_state(&app.db, id).await?.ok_or(Error::NotFound)?;
    let action = ProjectAction::UploadTestResults;
    let mut change = Change::begin(app, caller, Level::Project, found.project_id, action).await?;
    let found = execution::find_execution_state(change.tx(), id).await?.ok_or(Error::NotFound)?;
    match ExecutionState::parse(&found.state) {
        Some(ExecutionState::Done | ExecutionState::Unreadable) => {}
        Some(ExecutionState::Deleting) => return Err(Error::NotFound),
        _ => {
            return Err(Error::Conflict(
                "This execution is being read already. Wait until it is done.".into(),
            ));
        }
    }
    let now = change.now();
    execution::update_execution_state(change.tx(), id, ExecutionState::Reading.as_str(), now).await?;
    change.queue(Job::ReadReports { execution_id: id });
    change.commit().await
}

/// Replaces control characters by blanks and limits the length. `None`: nothing is left.
pub(crate) fn clean(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TEXT_MAX).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// A link that pages may show: `http` or `https` only.
pub(crate) fn clean_link(text: &str) -> Option<String> {
    clean(text).filter(|text| text.starts_with("https://") || text.starts_with("http://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_about_a_run_are_short_and_plain() {
        assert_eq!(clean(" a\u{0}b\n ").as_deref(), Some("a b"));
        assert_eq!(clean(" \t"), None);
        assert_eq!(clean(&"x".repeat(1000)).map(|text| text.len()), Some(TEXT_MAX));
        assert_eq!(clean_link("javascript:alert(1)"), None);
        assert_eq!(clean_link("https://ci/1").as_deref(), Some("https://ci/1"));
    }
}
