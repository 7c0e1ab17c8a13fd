//! Slots: addresses to which a client sends files before it says what they are.
//!
//! The address contains a token of 256 random bits, which is the permission to send one file; only its hash is stored.
//! A client may send a file again, and a file may arrive after it was registered.

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::execution::ExecutionState;
use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_store::reports::upload_slot::{self, UploadSlot};
use testkeep_store::reports::{execution, execution_file};

use crate::identity::auth::Caller;
use crate::identity::token::{create_token, hash_token};
use crate::ops::authorized::Authorized;
use crate::ops::change::Change;
use crate::ops::reports::upload::require_upload;
use crate::queue::Job;
use crate::stored_files::Saved;
use crate::{App, Error};

/// Maximum number of slots in one request.
pub(crate) const AT_ONCE: usize = 1000;
pub(crate) const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// Slots in one piece of housekeeping.
const PIECE: i64 = 200;

/// Creates slots and returns their tokens.
pub(crate) async fn create_slots(
    app: &App,
    caller: &Caller,
    project_id: i64,
    count: usize,
) -> Result<Vec<String>, Error> {
    if !(1..=AT_ONCE).contains(&count) {
        return Err(Error::field("numberUrl", format!("Ask for 1 to {AT_ONCE} upload URLs.")));
    }
    require_upload(app, caller, project_id).await?;
    let tokens = (0..count).map(|_| create_token()).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<[u8; 32]> = tokens.iter().map(|token| hash_token(token)).collect();
    let action = ProjectAction::UploadTestResults;
    let mut change = Change::begin(app, caller, Level::Project, project_id, action).await?;
    let now = change.now();
    upload_slot::create_slots(change.tx(), project_id, caller.user_id, &hashes, now, now + LIFETIME).await?;
    change.commit().await?;
    Ok(tokens)
}

/// The slot of a token.
///
/// # Errors
/// [`Error::NotFound`] for a token that is wrong or expired.
pub(crate) async fn find_slot(app: &App, token: &str) -> Result<UploadSlot, Error> {
    let found = upload_slot::find_slot(&app.db, &hash_token(token), app.clock.now()).await?;
    found.ok_or(Error::NotFound)
}

/// Puts a stored file into a slot, in place of an earlier one. When it is the last missing file of an execution, or a
/// later version of a file that was read, the execution is read.
pub(crate) async fn fill_slot(app: &App, slot: &UploadSlot, saved: &Saved) -> Result<(), Error> {
    let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
    let now = change.now();
    let size = i64::try_from(saved.size).unwrap_or(i64::MAX);
    execution::lock_executions(change.tx(), slot.project_id).await?;
    upload_slot::fill_slot(change.tx(), slot.id, &saved.place, size, &saved.hash).await?;
    let current = upload_slot::find_file_of_slot(change.tx(), slot.id).await?;
    if let Some(file_id) = current
        && let Some(arrival) = upload_slot::find_arrival(change.tx(), file_id).await?
        && arrival.missing == 0
    {
        let id = arrival.execution_id;
        // A running execution is read when its last file is registered. A reading that has begun may have opened the
        // earlier file, so another one replaces it.
        let state = ExecutionState::parse(&arrival.state);
        if matches!(
            state,
            Some(
                ExecutionState::Waiting
                    | ExecutionState::Reading
                    | ExecutionState::Done
                    | ExecutionState::Unreadable
            )
        ) {
            execution::update_execution_state(change.tx(), id, ExecutionState::Reading.as_str(), now).await?;
            change.queue(Job::ReadReports { execution_id: id });
        }
    }
    change.commit().await?;
    if let Some(earlier) = &slot.place {
        app.files.delete(earlier).await?;
    }
    Ok(())
}

/// Deletes slots that expired before a time, and the files in them that became no file of an execution.
pub(crate) async fn delete_expired(app: &App, before: DateTime<Utc>) -> Result<(), Error> {
    loop {
        let slots = upload_slot::list_expired_slots(&app.db, before, PIECE).await?;
        if slots.is_empty() {
            return Ok(());
        }
        for slot in slots.iter().filter(|slot| slot.file_id.is_none()) {
            if let Some(place) = &slot.place {
                app.files.delete(place).await?;
            }
        }
        let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
        for slot in &slots {
            upload_slot::delete_slot(change.tx(), slot.id).await?;
        }
        change.commit().await?;
    }
}

/// Reads executions whose client has not sent all of its files, or has not said that it is done: what is there counts.
pub(crate) async fn read_silent(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    for (state, patience) in
        [(ExecutionState::Waiting, PATIENCE_FOR_FILES), (ExecutionState::Running, PATIENCE_FOR_END)]
    {
        let silent =
            execution::list_silent_executions(&app.db, state.as_str(), now - patience, PIECE).await?;
        for found in silent {
            let mut change = Change::of(app, Authorized::by_the_server(None)).await?;
            let has_files = !execution_file::list_files(change.tx(), found.id, 0, 1).await?.is_empty();
            let next = if has_files { ExecutionState::Reading } else { ExecutionState::Done };
            execution::update_execution_state(change.tx(), found.id, next.as_str(), now).await?;
            if has_files {
                change.queue(Job::ReadReports { execution_id: found.id });
            }
            change.commit().await?;
        }
    }
    Ok(())
}

/// How long a registered file may take to arrive.
const PATIENCE_FOR_FILES: TimeDelta = TimeDelta::minutes(2);
/// How long a run may be silent before it counts as ended.
const PATIENCE_FOR_END: TimeDelta = TimeDelta::hours(1);
