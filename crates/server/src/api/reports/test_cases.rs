//! The test cases of a project.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::execution::{History, TestOutcome};
use testkeep_store::reports::test_case::{self, TestCase, TestCaseFilter};
use testkeep_store::reports::test_result_list;
use utoipa::{IntoParams, ToSchema};

use super::executions::ExecutionRef;
use super::result_details::RunOut;
use super::viewer;
use crate::api::list::{CursorQuery, ListQuery, Page, SeekQuery};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::auth::Caller;
use crate::{App, Error};

const COLUMNS: [&str; 2] = ["name", "last_run_at"];
/// Runs in the history of one test case.
const RUNS: i64 = 100;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TestCaseOut {
    pub id: i64,
    pub suite: String,
    pub name: String,
    pub parameters: Option<String>,
    /// Of the last run.
    pub outcome: TestOutcome,
    /// The last runs, newest first, one letter each, as in a result. At most 256.
    pub history: String,
    /// The middle of the durations of these runs.
    pub usual_duration_ms: Option<i64>,
    /// Absent: the execution was deleted.
    #[schema(inline)]
    pub last_execution: Option<ExecutionRef>,
    pub last_run_at: DateTime<Utc>,
    /// Number of runs so far.
    pub result_count: i64,
}

impl From<TestCase> for TestCaseOut {
    fn from(row: TestCase) -> Self {
        let execution = row.last_execution_id.zip(row.last_execution_number);
        let history = History { outcomes: row.history, durations: row.durations };
        Self {
            id: row.id,
            suite: row.suite,
            name: row.name,
            parameters: row.parameters,
            outcome: TestOutcome::parse(&row.outcome).unwrap_or(TestOutcome::Other),
            usual_duration_ms: history.usual_duration(),
            history: history.outcomes,
            last_execution: execution.map(|(id, number)| ExecutionRef { id, number }),
            last_run_at: row.last_run_at,
            result_count: row.result_count,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TestCaseQuery {
    /// Of the last run.
    #[param(inline)]
    pub outcome: Option<TestOutcome>,
}

/// The test cases of a project.
#[utoipa::path(get, path = "/api/v2/projects/{id}/test-cases", tag = "executions",
    params(("id" = i64, Path), ListQuery, CursorQuery, TestCaseQuery),
    responses((status = OK, body = Page<TestCaseOut>), AtScopeWithInput))]
pub(crate) async fn list_test_cases(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    query: SeekQuery,
    UrlQuery(wanted): UrlQuery<TestCaseQuery>,
) -> Result<Json<Page<TestCaseOut>>, Error> {
    viewer(&app, &caller, id).await?;
    let list = query.read(&COLUMNS, false)?;
    let outcome = wanted.outcome.map(|outcome| outcome.as_str().to_owned());
    let filter = TestCaseFilter { project_id: id, outcome };
    let total = test_case::count_test_cases(&app.db, &filter, &list).await?;
    let rows = test_case::list_test_cases(&app.db, &filter, &list).await?;
    Ok(Json(Page::seeked(&list, rows.map(Into::into), total)))
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct TestCaseDetailsOut {
    pub test_case: TestCaseOut,
    #[schema(inline)]
    pub project: ProjectRef,
    /// The last 100 runs, newest first.
    pub history: Vec<RunOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProjectRef {
    pub id: i64,
    pub name: String,
}

/// A test case with its last runs.
#[utoipa::path(get, path = "/api/v2/test-cases/{id}", tag = "executions", params(("id" = i64, Path)),
    responses((status = OK, body = TestCaseDetailsOut), AtScope))]
pub(crate) async fn find_test_case(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<TestCaseDetailsOut>, Error> {
    let row = test_case::find_test_case(&app.db, id).await?.ok_or(Error::NotFound)?;
    let access = viewer(&app, &caller, row.project_id).await?;
    let runs = test_result_list::list_runs(&app.db, id, RUNS).await?;
    Ok(Json(TestCaseDetailsOut {
        project: ProjectRef { id: row.project_id, name: access.scope.name },
        test_case: row.into(),
        history: runs.into_iter().map(Into::into).collect(),
    }))
}
