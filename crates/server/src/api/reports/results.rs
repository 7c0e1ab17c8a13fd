//! The results of an execution.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use testkeep_domain::execution::{ResultChange, TestOutcome};
use testkeep_store::reports::test_result_list::{self, ResultFilter, TestResult};
use utoipa::{IntoParams, ToSchema};

use super::visible_execution;
use crate::api::list::{CursorQuery, ListQuery, Page, SeekQuery};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::AtScopeWithInput;
use crate::identity::auth::Caller;
use crate::{App, Error};

const COLUMNS: [&str; 2] = ["position", "duration"];

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ResultOut {
    pub id: i64,
    pub execution_id: i64,
    pub test_case_id: i64,
    /// Names from the outermost suite to the class of the test case, separated by ` › `.
    pub suite: String,
    pub name: String,
    /// Of a data-driven test case.
    pub parameters: Option<String>,
    pub outcome: TestOutcome,
    /// It passed after failed attempts.
    pub flaky: bool,
    pub duration_ms: Option<i64>,
    pub error_type: Option<String>,
    /// At most 500 characters.
    pub error_message: Option<String>,
    /// Against the last result of the test case that passed or failed.
    pub change: Option<ResultChange>,
    /// This run of the test case and the ones before it, newest first, one letter each: P passed, F failed, E errored,
    /// S skipped, O other. At most 256.
    pub history: String,
}

impl From<TestResult> for ResultOut {
    fn from(row: TestResult) -> Self {
        let newer = usize::try_from(row.result_count - row.run).unwrap_or(0);
        Self {
            id: row.id,
            execution_id: row.execution_id,
            test_case_id: row.test_case_id,
            suite: row.suite,
            name: row.name,
            parameters: row.parameters,
            outcome: TestOutcome::parse(&row.outcome).unwrap_or(TestOutcome::Other),
            flaky: row.flaky,
            duration_ms: Some(row.duration_ms).filter(|milliseconds| *milliseconds >= 0),
            error_type: row.error_type,
            error_message: row.error_message,
            change: row.change.as_deref().and_then(ResultChange::parse),
            history: row.history.chars().skip(newer).collect(),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResultQuery {
    #[param(inline)]
    pub outcome: Option<WantedOutcome>,
    #[param(inline)]
    pub change: Option<ResultChange>,
    /// `key` of a group of equal errors.
    pub error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WantedOutcome {
    Passed,
    Failed,
    Errored,
    Skipped,
    Other,
    /// Failed or errored.
    Broken,
}

impl WantedOutcome {
    fn words(self) -> [String; 2] {
        let [first, second] = match self {
            Self::Passed => [TestOutcome::Passed; 2],
            Self::Failed => [TestOutcome::Failed; 2],
            Self::Errored => [TestOutcome::Errored; 2],
            Self::Skipped => [TestOutcome::Skipped; 2],
            Self::Other => [TestOutcome::Other; 2],
            Self::Broken => [TestOutcome::Failed, TestOutcome::Errored],
        };
        [first.as_str().into(), second.as_str().into()]
    }
}

/// The results of an execution, in the order of the report.
#[utoipa::path(get, path = "/api/v2/executions/{id}/results", tag = "executions",
    params(("id" = i64, Path), ListQuery, CursorQuery, ResultQuery),
    responses((status = OK, body = Page<ResultOut>), AtScopeWithInput))]
pub(crate) async fn list_results(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    query: SeekQuery,
    UrlQuery(wanted): UrlQuery<ResultQuery>,
) -> Result<Json<Page<ResultOut>>, Error> {
    visible_execution(&app, &caller, id).await?;
    let list = query.read(&COLUMNS, false)?;
    let filter = ResultFilter {
        execution_id: id,
        outcomes: wanted.outcome.map(WantedOutcome::words),
        change: wanted.change.map(|change| change.as_str().to_owned()),
        error_key: wanted.error.filter(|key| !key.contains('\0')),
    };
    let total = test_result_list::count_results(&app.db, &filter, &list).await?;
    let rows = test_result_list::list_results(&app.db, &filter, &list).await?;
    Ok(Json(Page::seeked(&list, rows.map(Into::into), total)))
}
