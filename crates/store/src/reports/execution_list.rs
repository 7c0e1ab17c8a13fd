//! Executions as pages show them, alone and in lists. Must never change one: that is [`super::execution`].

use crate::list::{List, Slice, Total, orders};
use crate::on::On;
use crate::query::Query;
use crate::{Time, sql};

/// An execution as pages show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Execution {
    pub id: i64,
    pub project_id: i64,
    pub project_name: String,
    pub number: i64,
    pub name: String,
    pub state: String,
    /// JSON
    pub notes: String,
    pub format: Option<String>,
    pub user_id: Option<i64>,
    pub user_email: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub build: Option<String>,
    pub build_url: Option<String>,
    pub branch: Option<String>,
    pub commit_hash: Option<String>,
    pub environment: Option<String>,
    pub passed: i64,
    pub failed: i64,
    pub errored: i64,
    pub skipped: i64,
    pub other: i64,
    pub flaky: i64,
    pub run_errors: i64,
    pub newly_failing: i64,
    pub fixed: i64,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    pub duration_ms: Option<i64>,
    pub created_at: Time,
}

/// Selects executions of a project.
#[derive(Clone, Debug)]
pub struct ExecutionFilter {
    pub project_id: i64,
    pub state: Option<String>,
    pub branch: Option<String>,
    /// `true`: only with failures. `false`: only without.
    pub failed: Option<bool>,
}

orders! {
    EXECUTIONS,
    rows: "e.id, e.project_id, p.name AS project_name, e.number, e.name, e.state, e.notes, e.format, e.user_id,
           u.email AS user_email, u.first_name, u.last_name, e.build, e.build_url, e.branch, e.commit_hash, e.environment,
           e.passed, e.failed, e.errored, e.skipped, e.other, e.flaky, e.run_errors, e.newly_failing, e.fixed,
           e.started_at, e.finished_at, e.duration_ms, e.created_at",
    from: "execution e",
    joins: "LEFT JOIN execution e ON e.id = page.seek_id LEFT JOIN scope p ON p.id = e.project_id
            LEFT JOIN user_account u ON u.id = e.user_id",
    only: "e.project_id = $5 AND e.state <> 'deleting' AND ($6 = '%' OR e.folded_text LIKE $6 ESCAPE '!')
           AND (CAST($7 AS TEXT) IS NULL OR e.state = $7) AND (CAST($8 AS TEXT) IS NULL OR e.branch = $8)
           AND (CAST($9 AS BIGINT) IS NULL OR ($9 = 1) = (e.failed + e.errored + e.run_errors > 0))",
    id: "e.id",
    "number" => Number "e.id",
}

fn bind(query: Query, filter: &ExecutionFilter, list: &List) -> Query {
    query
        .bind(filter.project_id)
        .bind(list.pattern())
        .bind(filter.state.clone())
        .bind(filter.branch.clone())
        .bind(filter.failed.map(i64::from))
}

/// Sorts by `number`. Searches name, build, branch, commit and environment.
pub async fn list_executions(
    on: impl Into<On<'_>>,
    filter: &ExecutionFilter,
    list: &List,
) -> Result<Slice<Execution>, sqlx::Error> {
    list.fetch(EXECUTIONS, |query| bind(query, filter, list), on).await
}

pub async fn count_executions(
    on: impl Into<On<'_>>,
    filter: &ExecutionFilter,
    list: &List,
) -> Result<Total, sqlx::Error> {
    let query = sql("SELECT COUNT(*) FROM (SELECT 1 FROM execution e
         WHERE e.project_id = $1 AND e.state <> 'deleting' AND ($2 = '%' OR e.folded_text LIKE $2 ESCAPE '!')
           AND (CAST($3 AS TEXT) IS NULL OR e.state = $3) AND (CAST($4 AS TEXT) IS NULL OR e.branch = $4)
           AND (CAST($5 AS BIGINT) IS NULL OR ($5 = 1) = (e.failed + e.errored + e.run_errors > 0))
         LIMIT $6) counted");
    Total::fetch(bind(query, filter, list), on).await
}

/// An execution that is not being deleted.
pub async fn find_execution(on: impl Into<On<'_>>, id: i64) -> Result<Option<Execution>, sqlx::Error> {
    sql("SELECT e.id, e.project_id, p.name AS project_name, e.number, e.name, e.state, e.notes, e.format, e.user_id,
                u.email AS user_email, u.first_name, u.last_name, e.build, e.build_url, e.branch, e.commit_hash,
                e.environment, e.passed, e.failed, e.errored, e.skipped, e.other, e.flaky, e.run_errors,
                e.newly_failing, e.fixed, e.started_at, e.finished_at, e.duration_ms, e.created_at
         FROM execution e JOIN scope p ON p.id = e.project_id LEFT JOIN user_account u ON u.id = e.user_id
         WHERE e.id = $1 AND e.state <> 'deleting'")
    .bind(id)
    .fetch_optional(on)
    .await
}

/// An earlier execution of the same name.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Earlier {
    pub id: i64,
    pub number: i64,
    pub duration_ms: Option<i64>,
}

/// The executions of the same name before this one, newest first, among the last 200 of the project.
pub async fn list_earlier(
    on: impl Into<On<'_>>,
    project_id: i64,
    id: i64,
    name: &str,
    limit: i64,
) -> Result<Vec<Earlier>, sqlx::Error> {
    sql("SELECT x.id, x.number, x.duration_ms
         FROM (SELECT id, number, duration_ms, name, state FROM execution WHERE project_id = $1 AND id < $2
               ORDER BY id DESC LIMIT 200) x
         WHERE x.name = $3 AND x.state = 'done' ORDER BY x.id DESC LIMIT $4")
    .bind(project_id)
    .bind(id)
    .bind(name)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Executions of a project that changed after `since`, for open pages: ids and states, oldest change first.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Changed {
    pub id: i64,
    pub state: String,
    pub changed_at: Time,
}

/// Looks at the newest 100 executions of the project.
pub async fn list_changed(
    on: impl Into<On<'_>>,
    project_id: i64,
    since: Time,
) -> Result<Vec<Changed>, sqlx::Error> {
    sql("SELECT x.id, x.state, x.changed_at
         FROM (SELECT id, state, changed_at FROM execution WHERE project_id = $1 ORDER BY id DESC LIMIT 100) x
         WHERE x.changed_at > $2 ORDER BY x.changed_at")
    .bind(project_id)
    .bind(since)
    .fetch_all(on)
    .await
}
