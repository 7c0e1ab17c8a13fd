//! Live progress of a run (client protocol, section 3.6). The report of the same session replaces it later.

use sha2::{Digest as _, Sha256};
use testkeep_domain::execution::{ExecutionState, TestOutcome};
use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_store::reports::execution::{self, About, NewExecution};

use super::rows::{ErrorRow, ResultRow};
use crate::identity::auth::Caller;
use crate::ops::change::Change;
use crate::ops::reports::reading;
use crate::ops::reports::upload::clean;
use crate::{App, Error};

/// One message of a client about its run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub session: String,
    /// The path of the test suite; empty: of the whole run.
    pub suite: String,
    /// A test case that has ended.
    pub result: Option<(String, TestOutcome)>,
    /// The run, or the suite, has ended.
    pub is_end: bool,
}

/// Returns the id of the running execution.
pub(crate) async fn add_progress(
    app: &App,
    caller: &Caller,
    project_id: i64,
    progress: &Progress,
) -> Result<i64, Error> {
    let Some(session) = clean(&progress.session) else {
        return Err(Error::field("sessionId", "Send the id of the run in sessionId."));
    };
    let action = ProjectAction::UploadTestResults;
    let mut change = Change::begin(app, caller, Level::Project, project_id, action).await?;
    execution::lock_executions(change.tx(), project_id).await?;
    let now = change.now();
    let found = execution::find_running_by_session(change.tx(), project_id, &session).await?;
    let id = if let Some(found) = found {
        found.id
    } else {
        let suite = progress.suite.rsplit('/').next().unwrap_or_default();
        let about = About { name: clean(suite).unwrap_or_else(|| "Run".into()), ..About::default() };
        let new = NewExecution {
            project_id,
            user_id: Some(caller.user_id),
            state: ExecutionState::Running.as_str(),
            upload_key: None,
            session_key: Some(&session),
            about: &about,
        };
        execution::create_execution(change.tx(), new, now).await?.id
    };
    if progress.is_end && progress.suite.is_empty() {
        execution::update_execution_state(change.tx(), id, ExecutionState::Done.as_str(), now).await?;
    }
    change.commit().await?;
    if let Some((name, outcome)) = &progress.result {
        let state = execution::find_execution_state(&app.db, id).await?.ok_or(Error::NotFound)?;
        let row = row(&progress.suite, name, *outcome);
        // A run that has ended in the meantime gets no further result.
        let _standing = reading::add(app, &reading::live(&state), &[row], 0).await?;
    }
    Ok(id)
}

fn row(suite: &str, name: &str, outcome: TestOutcome) -> ResultRow {
    let (suite, name) = (clean(suite).unwrap_or_default(), clean(name).unwrap_or_else(|| "Test".into()));
    let identity = hex::encode(&Sha256::digest(serde_json::json!(["live", suite, name]).to_string())[..16]);
    let error = outcome.is_broken().then(|| ErrorRow {
        key: "live".into(),
        type_name: None,
        message: "The report with the reason has not arrived yet.".into(),
    });
    ResultRow {
        identity,
        suite,
        name,
        parameters: None,
        outcome,
        flaky: false,
        duration_ms: None,
        error,
        text_at: 0,
        text_size: 0,
    }
}
