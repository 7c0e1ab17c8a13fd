//! Says which slots hold the files of an upload (client protocol, section 3). Files of the same batch are one execution.
//!
//! Clients register files in several requests or in one, before or after the files arrive. The execution is read when
//! the client said that the batch is complete and all files are there.

use testkeep_domain::execution::ExecutionState;
use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_store::reports::execution::{self, About, NewExecution, Numbered};
use testkeep_store::reports::execution_file::{self, NewFile};
use testkeep_store::reports::upload_slot::{self, UploadSlot};

use super::media_type;
use crate::identity::access::Scope;
use crate::identity::auth::Caller;
use crate::identity::token::hash_token;
use crate::ops::change::Change;
use crate::ops::reports::upload::{Begun, clean};
use crate::queue::Job;
use crate::{App, Error};

/// One file of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Registered {
    /// The client's folder and name of the file.
    pub name: String,
    /// The token of the slot.
    pub path: String,
}

/// `is_end`: no further file of the batch is registered.
pub(crate) async fn register(
    app: &App,
    caller: &Caller,
    project_id: i64,
    batch: &str,
    files: &[Registered],
    is_end: bool,
) -> Result<Begun, Error> {
    let action = ProjectAction::UploadTestResults;
    let mut change = Change::begin(app, caller, Level::Project, project_id, action).await?;
    execution::lock_executions(change.tx(), project_id).await?;
    // A blank keeps these keys apart from those of the native API.
    let key = format!("batch {batch}");
    let found = execution::find_execution_by_key(change.tx(), project_id, &key).await?;
    let execution = match found {
        Some(found) => found,
        None => create(&mut change, caller, project_id, &key, files).await?,
    };
    for file in files {
        add_file(&mut change, project_id, execution.id, file).await?;
    }
    end_batch(&mut change, execution.id, is_end).await?;
    change.commit().await?;
    Ok(Begun { id: execution.id, number: execution.number, is_repeated: found.is_some() })
}

async fn create(
    change: &mut Change<Scope>,
    caller: &Caller,
    project_id: i64,
    key: &str,
    files: &[Registered],
) -> Result<Numbered, Error> {
    let now = change.now();
    let name = files.first().map_or("", |file| file.name.as_str());
    let about = About { name: name_of(name), ..About::default() };
    let new = NewExecution {
        project_id,
        user_id: Some(caller.user_id),
        state: ExecutionState::Running.as_str(),
        upload_key: Some(key),
        session_key: None,
        about: &about,
    };
    Ok(execution::create_execution(change.tx(), new, now).await?)
}

/// The first part of the path that says something: Studio's is `<suite>/<date>/<file>`.
fn name_of(path: &str) -> String {
    let mut parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
    clean(parts.next().unwrap_or_default()).unwrap_or_else(|| "Upload".into())
}

async fn add_file(
    change: &mut Change<Scope>,
    project_id: i64,
    execution_id: i64,
    file: &Registered,
) -> Result<(), Error> {
    let now = change.now();
    let slot = upload_slot::find_slot(change.tx(), &hash_token(&file.path), now).await?;
    let slot: UploadSlot = slot.filter(|slot| slot.project_id == project_id).ok_or_else(|| {
        Error::field(
            "uploadedPath",
            "This upload URL is not of this project, or has expired. Ask for a new one.",
        )
    })?;
    // A client may register a growing log again and again.
    if slot.file_id.is_some() {
        return Ok(());
    }
    let name = clean(&file.name).unwrap_or_else(|| "file".into());
    let new = NewFile {
        execution_id,
        media_type: media_type::of(&name),
        name: &name,
        size: slot.size,
        hash: &slot.hash,
        place: slot.place.as_deref().unwrap_or_default(),
        kind: "upload",
    };
    let id = execution_file::create_file(change.tx(), new).await?;
    Ok(upload_slot::use_slot(change.tx(), slot.id, id).await?)
}

async fn end_batch(change: &mut Change<Scope>, id: i64, is_end: bool) -> Result<(), Error> {
    let now = change.now();
    let found = execution::find_execution_state(change.tx(), id).await?.ok_or(Error::NotFound)?;
    let state = ExecutionState::parse(&found.state);
    if state == Some(ExecutionState::Deleting) {
        return Err(Error::NotFound);
    }
    // Files that come after the end belong to it as well.
    let was_ended = !matches!(state, Some(ExecutionState::Running));
    if !is_end && !was_ended {
        return Ok(
            execution::update_execution_state(change.tx(), id, ExecutionState::Running.as_str(), now).await?
        );
    }
    if upload_slot::count_missing(change.tx(), id).await? > 0 {
        return Ok(
            execution::update_execution_state(change.tx(), id, ExecutionState::Waiting.as_str(), now).await?
        );
    }
    execution::update_execution_state(change.tx(), id, ExecutionState::Reading.as_str(), now).await?;
    change.queue(Job::ReadReports { execution_id: id });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_has_the_name_of_its_suite() {
        assert_eq!(name_of("Smoke/20261128_101112/execution0.log"), "Smoke");
        assert_eq!(name_of("C:\\work\\reports\\a.xml"), "C:");
        assert_eq!(name_of(""), "Upload");
    }
}
