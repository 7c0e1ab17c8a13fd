//! One result with everything that is known about it.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::execution::TestOutcome;
use testkeep_store::reports::execution_file::{self, ExecutionFile};
use testkeep_store::reports::test_result_list::{self, ResultInPlace, Run};
use utoipa::ToSchema;

use super::errors::NamedResultOut;
use super::results::ResultOut;
use super::viewer;
use crate::api::path::UrlPath;
use crate::api::refusals::AtScope;
use crate::identity::auth::Caller;
use crate::ops::reports::texts::{self, AttachmentText, AttemptText, FailureText, StepText};
use crate::{App, Error};

/// Runs in the history of an answer.
const RUNS: i64 = 50;
/// Other results with the same error.
const SAME: i64 = 20;
/// Files among which attachments are looked up.
const FILES_MAX: i64 = 20_000;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ResultDetailsOut {
    pub result: ResultOut,
    #[schema(inline)]
    pub execution: ExecutionOfResult,
    pub failures: Vec<FailureOut>,
    /// Earlier attempts, oldest first.
    pub attempts: Vec<AttemptOut>,
    pub steps: Vec<StepOut>,
    pub output: String,
    pub error_output: String,
    pub properties: Vec<PropertyOut>,
    pub attachments: Vec<AttachmentOut>,
    /// The last 50 runs of the test case, newest first.
    pub history: Vec<RunOut>,
    /// Up to 20 other results of the execution with the same error.
    pub same_error: Vec<NamedResultOut>,
    /// The failed or errored result before this one in the execution.
    pub previous_id: Option<i64>,
    pub next_id: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExecutionOfResult {
    pub id: i64,
    pub number: i64,
    pub name: String,
    pub project_id: i64,
    pub project_name: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct FailureOut {
    pub outcome: TestOutcome,
    /// The class of the exception, or the kind of the assertion.
    pub r#type: Option<String>,
    pub message: Option<String>,
    /// The stack trace and other long text.
    pub detail: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AttemptOut {
    pub outcome: TestOutcome,
    pub duration_ms: Option<i64>,
    pub failures: Vec<FailureOut>,
    pub output: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct StepOut {
    /// 0: directly in the test case.
    pub depth: u16,
    pub name: String,
    pub outcome: TestOutcome,
    pub duration_ms: Option<i64>,
    pub failure: Option<FailureOut>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PropertyOut {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AttachmentOut {
    pub name: String,
    /// Absent: the file was not uploaded.
    pub file_id: Option<i64>,
    pub media_type: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
}

/// A run of a test case.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RunOut {
    pub result_id: i64,
    pub execution_id: i64,
    pub execution_number: i64,
    pub outcome: TestOutcome,
    pub duration_ms: Option<i64>,
    pub started_at: DateTime<Utc>,
    pub error_message: Option<String>,
}

impl From<Run> for RunOut {
    fn from(row: Run) -> Self {
        Self {
            result_id: row.result_id,
            execution_id: row.execution_id,
            execution_number: row.execution_number,
            outcome: outcome(&row.outcome),
            duration_ms: Some(row.duration_ms).filter(|milliseconds| *milliseconds >= 0),
            started_at: row.started_at,
            error_message: row.error_message,
        }
    }
}

fn outcome(word: &str) -> TestOutcome {
    TestOutcome::parse(word).unwrap_or(TestOutcome::Other)
}

impl From<FailureText> for FailureOut {
    fn from(text: FailureText) -> Self {
        let FailureText { type_name, message, detail, .. } = text;
        Self { outcome: outcome(&text.outcome), r#type: type_name, message, detail }
    }
}

impl From<AttemptText> for AttemptOut {
    fn from(text: AttemptText) -> Self {
        Self {
            outcome: outcome(&text.outcome),
            duration_ms: text.duration_ms,
            failures: text.failures.into_iter().map(Into::into).collect(),
            output: text.output,
        }
    }
}

impl From<StepText> for StepOut {
    fn from(text: StepText) -> Self {
        Self {
            depth: text.depth,
            name: text.name,
            outcome: outcome(&text.outcome),
            duration_ms: text.duration_ms,
            failure: text.failure.map(Into::into),
        }
    }
}

/// A result: why it failed, its steps, output and attachments, and its history.
#[utoipa::path(get, path = "/api/v2/results/{id}", tag = "executions", params(("id" = i64, Path)),
    responses((status = OK, body = ResultDetailsOut), AtScope))]
pub(crate) async fn find_result(
    State(app): State<App>,
    caller: Caller,
    UrlPath(id): UrlPath<i64>,
) -> Result<Json<ResultDetailsOut>, Error> {
    let found = test_result_list::find_result(&app.db, id).await?.ok_or(Error::NotFound)?;
    viewer(&app, &caller, found.project_id).await?;
    let ResultInPlace { result, execution_number, execution_name, project_id, project_name, texts } = found;
    let all = texts::read_texts(&app, texts.as_deref(), result.text_at, result.text_size).await?;
    let neighbors = test_result_list::find_broken_neighbors(&app.db, result.execution_id, id).await?;
    let history = test_result_list::list_runs(&app.db, result.test_case_id, RUNS).await?;
    Ok(Json(ResultDetailsOut {
        execution: ExecutionOfResult {
            id: result.execution_id,
            number: execution_number,
            name: execution_name,
            project_id,
            project_name,
        },
        failures: all.failures.into_iter().map(Into::into).collect(),
        attempts: all.attempts.into_iter().map(Into::into).collect(),
        steps: all.steps.into_iter().map(Into::into).collect(),
        output: all.output,
        error_output: all.error_output,
        properties: all.properties.into_iter().map(|(name, value)| PropertyOut { name, value }).collect(),
        attachments: attachments(&app, result.execution_id, all.attachments).await?,
        history: history.into_iter().map(Into::into).collect(),
        same_error: same_error(&app, result.execution_id, id, result.error_key.as_deref()).await?,
        previous_id: neighbors.previous_id,
        next_id: neighbors.next_id,
        result: result.into(),
    }))
}

async fn same_error(
    app: &App,
    execution_id: i64,
    id: i64,
    key: Option<&str>,
) -> Result<Vec<NamedResultOut>, Error> {
    let Some(key) = key else { return Ok(Vec::new()) };
    let rows = test_result_list::list_with_error(&app.db, execution_id, key, SAME + 1).await?;
    Ok(rows.into_iter().filter(|row| row.id != id).map(Into::into).take(20).collect())
}

async fn attachments(
    app: &App,
    execution_id: i64,
    texts: Vec<AttachmentText>,
) -> Result<Vec<AttachmentOut>, Error> {
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let files = execution_file::list_files(&app.db, execution_id, 0, FILES_MAX).await?;
    let show = |text: AttachmentText| {
        let path = text.path.as_deref().unwrap_or(&text.name);
        let file = file_at(&files, path);
        AttachmentOut {
            file_id: file.map(|file| file.id),
            media_type: file.map(|file| file.media_type.clone()).or(text.media_type),
            size: file.map(|file| file.size),
            name: text.name,
        }
    };
    Ok(texts.into_iter().map(show).collect())
}

/// The file with the longest common end with `path`, which may be of another machine.
fn file_at<'a>(files: &'a [ExecutionFile], path: &str) -> Option<&'a ExecutionFile> {
    let parts = |text: &str| -> Vec<String> {
        text.split(['/', '\\'])
            .filter(|part| !part.is_empty() && *part != ".")
            .rev()
            .map(str::to_owned)
            .collect()
    };
    let wanted = parts(path);
    let common = |file: &ExecutionFile| {
        parts(&file.name).iter().zip(&wanted).take_while(|(one, other)| one == other).count()
    };
    files
        .iter()
        .map(|file| (common(file), file))
        .filter(|(common, _)| *common > 0)
        .max_by_key(|it| it.0)
        .map(|it| it.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attachment_is_the_file_with_the_same_path() {
        let file = |id, name: &str| ExecutionFile {
            id,
            execution_id: 1,
            name: name.into(),
            media_type: "image/png".into(),
            size: 1,
            hash: String::new(),
            place: String::new(),
            kind: "upload".into(),
        };
        let files = [file(1, "a/shot.png"), file(2, "b/shot.png"), file(3, "report.xml")];
        let found = |path| file_at(&files, path).map(|file| file.id);
        assert_eq!(found("C:\\work\\b\\shot.png"), Some(2));
        assert_eq!(found("/home/ci/a/shot.png"), Some(1));
        assert_eq!(found("./report.xml"), Some(3));
        assert_eq!(found("other.png"), None);
    }
}
