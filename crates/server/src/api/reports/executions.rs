//! Executions of a project: the list, one of them, deletion, reading again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::execution::{ExecutionState, median};
use testkeep_domain::permission::{Denied, ProjectAction};
use testkeep_store::reports::execution_file;
use testkeep_store::reports::execution_list::{self, Execution, ExecutionFilter};
use utoipa::{IntoParams, ToSchema};

use super::files::FileOut;
use super::{viewer, visible_execution};
use crate::api::list::{CursorQuery, ListQuery, Page, SeekQuery};
use crate::api::path::UrlPath;
use crate::api::query::UrlQuery;
use crate::api::refusals::{AtScope, AtScopeWithInput};
use crate::identity::auth::Caller;
use crate::ops::reports::{deletion, upload};
use crate::{App, Error};

/// The only order.
const COLUMNS: [&str; 1] = ["number"];
/// Earlier executions that decide what is usual.
const USUAL: i64 = 10;
/// Files that one answer lists.
const FILES_MAX: i64 = 1000;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExecutionOut {
    pub id: i64,
    pub project_id: i64,
    pub project_name: String,
    /// Counted in the project, from 1.
    pub number: i64,
    pub name: String,
    pub state: ExecutionState,
    /// Sentences for people: what was wrong with the files.
    pub notes: Vec<String>,
    #[schema(inline)]
    pub result: ExecutionResult,
    #[schema(inline)]
    pub counts: ExecutionCounts,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// The sum of the durations of all test cases.
    pub duration_ms: Option<i64>,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
    pub build: Option<String>,
    /// `https://…` or `http://…`.
    pub build_url: Option<String>,
    pub branch: Option<String>,
    pub commit: Option<String>,
    pub environment: Option<String>,
    pub format: Option<String>,
    #[schema(inline)]
    pub uploaded_by: Option<Uploader>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExecutionResult {
    Passed,
    Failed,
    /// There is no result yet, or none at all.
    Empty,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExecutionCounts {
    /// The sum of passed, failed, errored, skipped and other.
    pub total: i64,
    pub passed: i64,
    pub failed: i64,
    pub errored: i64,
    pub skipped: i64,
    pub other: i64,
    /// Passed after failed attempts; also counted in `passed`.
    pub flaky: i64,
    /// Failures outside of all test cases.
    pub run_errors: i64,
    /// Failed, and passed before or did not exist.
    pub newly_failing: i64,
    /// Passed, and failed before.
    pub fixed: i64,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Uploader {
    pub id: i64,
    pub name: String,
    pub email: String,
}

impl From<Execution> for ExecutionOut {
    fn from(row: Execution) -> Self {
        let counts = counts(&row);
        let result = match &counts {
            counts if counts.failed + counts.errored + counts.run_errors > 0 => ExecutionResult::Failed,
            counts if counts.total == 0 => ExecutionResult::Empty,
            _ => ExecutionResult::Passed,
        };
        let name = format!("{} {}", row.first_name.unwrap_or_default(), row.last_name.unwrap_or_default());
        let uploaded_by = row.user_id.zip(row.user_email).map(|(id, email)| Uploader {
            id,
            name: Some(name.trim().to_owned())
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| email.clone()),
            email,
        });
        Self {
            id: row.id,
            project_id: row.project_id,
            project_name: row.project_name,
            number: row.number,
            name: row.name,
            // A word of a newer version is shown as an execution that is being worked on.
            state: ExecutionState::parse(&row.state).unwrap_or(ExecutionState::Reading),
            notes: serde_json::from_str(&row.notes).unwrap_or_default(),
            result,
            counts,
            started_at: row.started_at,
            finished_at: row.finished_at,
            duration_ms: row.duration_ms,
            created_at: row.created_at,
            build: row.build,
            build_url: row.build_url,
            branch: row.branch,
            commit: row.commit_hash,
            environment: row.environment,
            format: row.format,
            uploaded_by,
        }
    }
}

fn counts(row: &Execution) -> ExecutionCounts {
    ExecutionCounts {
        total: row.passed + row.failed + row.errored + row.skipped + row.other,
        passed: row.passed,
        failed: row.failed,
        errored: row.errored,
        skipped: row.skipped,
        other: row.other,
        flaky: row.flaky,
        run_errors: row.run_errors,
        newly_failing: row.newly_failing,
        fixed: row.fixed,
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExecutionQuery {
    #[param(inline)]
    pub state: Option<ExecutionState>,
    /// The whole name of the branch.
    pub branch: Option<String>,
    #[param(inline)]
    pub result: Option<WantedResult>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WantedResult {
    Passed,
    Failed,
}

/// The executions of a project, newest first.
#[utoipa::path(get, path = "/api/v2/projects/{id}/executions", tag = "executions",
    params(("id" = i64, Path), ListQuery, CursorQuery, ExecutionQuery),
    responses((status = OK, body = Page<ExecutionOut>), AtScopeWithInput))]
pub(crate) async fn list_executions(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
    query: SeekQuery,
    UrlQuery(wanted): UrlQuery<ExecutionQuery>,
) -> Result<Json<Page<ExecutionOut>>, Error> {
    viewer(&app, &caller, id).await?;
    let list = query.read(&COLUMNS, true)?;
    let filter = ExecutionFilter {
        project_id: id,
        state: wanted.state.map(|state| state.as_str().to_owned()),
        branch: wanted.branch.filter(|branch| !branch.contains('\0')),
        failed: wanted.result.map(|result| result == WantedResult::Failed),
    };
    let total = execution_list::count_executions(&app.db, &filter, &list).await?;
    let rows = execution_list::list_executions(&app.db, &filter, &list).await?;
    Ok(Json(Page::seeked(&list, rows.map(Into::into), total)))
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExecutionDetailsOut {
    pub execution: ExecutionOut,
    /// The execution of the same name before this one.
    #[schema(inline)]
    pub previous: Option<ExecutionRef>,
    /// The middle of the durations of earlier executions of the same name.
    pub usual_duration_ms: Option<i64>,
    /// The first 1,000 files.
    pub files: Vec<FileOut>,
    /// Actions that are allowed in the project.
    pub actions: Vec<ProjectAction>,
    /// Actions that are not allowed, with the reason.
    pub denied: Vec<Denied<ProjectAction>>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExecutionRef {
    pub id: i64,
    pub number: i64,
}

/// An execution.
#[utoipa::path(get, path = "/api/v2/executions/{id}", tag = "executions", params(("id" = i64, Path)),
    responses((status = OK, body = ExecutionDetailsOut), AtScope))]
pub(crate) async fn find_execution(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<ExecutionDetailsOut>, Error> {
    let (row, access) = visible_execution(&app, &caller, id).await?;
    let earlier = execution_list::list_earlier(&app.db, row.project_id, id, &row.name, USUAL).await?;
    let files = execution_file::list_files(&app.db, id, 0, FILES_MAX).await?;
    Ok(Json(ExecutionDetailsOut {
        execution: row.into(),
        previous: earlier.first().map(|it| ExecutionRef { id: it.id, number: it.number }),
        usual_duration_ms: median(earlier.iter().filter_map(|it| it.duration_ms).collect()),
        files: files.into_iter().map(Into::into).collect(),
        actions: access.roles.allowed(ProjectAction::ALL),
        denied: access.roles.denied(ProjectAction::ALL),
    }))
}

/// Deletes an execution with its results and files, which cannot be undone. Needs `edit_project`.
#[utoipa::path(delete, path = "/api/v2/executions/{id}", tag = "executions", params(("id" = i64, Path)),
    responses((status = NO_CONTENT), AtScope))]
pub(crate) async fn delete_execution(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<StatusCode, Error> {
    deletion::delete_execution(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads the stored files again, for example after an update of the server. The new results replace the old ones.
#[utoipa::path(post, path = "/api/v2/executions/{id}/read-again", tag = "executions", params(("id" = i64, Path)),
    responses((status = ACCEPTED), AtScope))]
pub(crate) async fn read_execution_again(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<StatusCode, Error> {
    upload::read_again(&app, &caller, id).await?;
    Ok(StatusCode::ACCEPTED)
}
