//! Executions as clients see them: Studio's tab of executions, and the answer about live progress.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use testkeep_domain::permission::{Level, ProjectAction};
use testkeep_store::List;
use testkeep_store::reports::execution_list::{self, Execution, ExecutionFilter};

use super::client::Client;
use super::error::Refusal;
use super::pages::{self, Wanted};
use super::{Answer, date};
use crate::ops::reports::upload::page_of;
use crate::{App, Error};

pub(super) async fn find_execution(
    State(app): State<App>,
    client: Client,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    let Path(id) = path.map_err(|_| Error::NotFound)?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let row = find(&app, id).await?;
    let access = client.access(&app.db, Level::Project, row.project_id).await?;
    access.require(ProjectAction::ViewTestResults)?;
    Ok(Json(show(&app, &row)))
}

/// Of an execution that the caller has just changed.
pub(super) async fn show_one(app: &App, id: i64) -> Answer {
    Ok(Json(show(app, &find(app, id).await?)))
}

async fn find(app: &App, id: i64) -> Result<Execution, Error> {
    execution_list::find_execution(&app.db, id).await?.ok_or(Error::NotFound)
}

/// The executions of a project, newest first: the condition `Project.id` names it.
pub(super) async fn search(app: &App, client: &Client, asked: &Value, wanted: Wanted) -> Answer {
    let project = condition(asked, "Project.id");
    let project = project.ok_or_else(|| Refusal::bad_request("The condition Project.id is missing."))?;
    let access = client.access(&app.db, Level::Project, project).await?;
    access.require(ProjectAction::ViewTestResults)?;
    let filter = ExecutionFilter { project_id: project, state: None, branch: None, failed: None };
    let list = List {
        sort: "number".into(),
        descending: true,
        limit: wanted.size,
        offset: wanted.offset(),
        ..List::default()
    };
    let total = execution_list::count_executions(&app.db, &filter, &list).await.map_err(Error::from)?;
    let rows = execution_list::list_executions(&app.db, &filter, &list).await.map_err(Error::from)?.rows;
    let content: Vec<Value> = rows.iter().map(|row| show(app, row)).collect();
    Ok(Json(pages::page(wanted, &content, total.count)))
}

/// The value of a condition, a number or a text.
fn condition(asked: &Value, key: &str) -> Option<i64> {
    let conditions =
        ["conditions", "searchRequestConditions"].iter().find_map(|field| asked[field].as_array())?;
    let value = &conditions.iter().find(|it| it["key"] == key)?["value"];
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Only fields that strict clients know (client protocol, rule 7).
fn show(app: &App, row: &Execution) -> Value {
    let failed = row.failed + row.errored + row.run_errors > 0;
    let (stage, status) = match (row.state.as_str(), failed) {
        ("running" | "waiting", _) => ("RUNNING", "RUNNING"),
        ("reading", _) => ("IMPORTING", "RUNNING"),
        ("unreadable", _) => ("ERROR", "ERROR"),
        (_, true) => ("COMPLETED", "FAILED"),
        (_, false) => ("COMPLETED", "PASSED"),
    };
    let mut shown = json!({
        "id": row.id,
        "projectId": row.project_id,
        "order": row.number,
        "status": status,
        "executionStage": stage,
        "startTime": date(row.started_at.unwrap_or(row.created_at)),
        "duration": row.duration_ms.unwrap_or(0),
        "totalTests": row.passed + row.failed + row.errored + row.skipped + row.other,
        "totalPassedTests": row.passed,
        "totalFailedTests": row.failed,
        "totalErrorTests": row.errored,
        "totalIncompleteTests": row.other,
        "webUrl": page_of(app, row.id),
        "executionTestSuiteResources": [],
    });
    for (field, value) in [("buildLabel", &row.build), ("buildUrl", &row.build_url)] {
        if let Some(value) = value {
            shown[field] = value.as_str().into();
        }
    }
    shown
}
