//! Live progress of a run (client protocol, section 3.6), and usage that clients report after it.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use std::collections::HashMap;
use testkeep_domain::execution::TestOutcome;

use super::client::Client;
use super::error::Refusal;
use super::registration::project_of;
use super::{Answer, Body, executions};
use crate::App;
use crate::ops::reports::progress::{Progress, add_progress};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct TestRunResult {
    name: Option<String>,
    status: Option<String>,
    session_id: Option<String>,
    test_suite_id: Option<String>,
    end: Option<bool>,
}

pub(super) async fn update_result(
    State(app): State<App>,
    client: Client,
    query: Query<HashMap<String, String>>,
    body: Body,
) -> Answer {
    let project = project_of(&query)?;
    let sent: TestRunResult = serde_json::from_slice(&body?)
        .map_err(|error| Refusal::bad_request(format!("The result is not valid: {error}.")))?;
    let result = sent.name.filter(|name| !name.is_empty()).zip(sent.status.as_deref().and_then(outcome));
    let progress = Progress {
        session: sent.session_id.unwrap_or_default(),
        suite: sent.test_suite_id.unwrap_or_default(),
        result,
        is_end: sent.end.unwrap_or(false),
    };
    let id = add_progress(&app, &client, project, &progress).await?;
    executions::show_one(&app, id).await
}

/// `None`: a word that is no end of a test case.
fn outcome(word: &str) -> Option<TestOutcome> {
    match word {
        "PASSED" => Some(TestOutcome::Passed),
        "FAILED" => Some(TestOutcome::Failed),
        "ERROR" => Some(TestOutcome::Errored),
        "INCOMPLETE" => Some(TestOutcome::Other),
        "SKIPPED" | "NOT_RUN" => Some(TestOutcome::Skipped),
        _ => None,
    }
}

/// Accepted and ignored: license use is counted from the leases.
pub(super) async fn note_usage(_client: Client) -> StatusCode {
    StatusCode::OK
}
