//! Results as pages show them. Must never change one: that is [`super::test_result`].

use crate::list::{List, Slice, Total, orders};
use crate::on::On;
use crate::query::Query;
use crate::{Time, sql};

/// A result as pages show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TestResult {
    pub id: i64,
    pub execution_id: i64,
    pub test_case_id: i64,
    pub run: i64,
    pub suite: String,
    pub name: String,
    pub parameters: Option<String>,
    pub outcome: String,
    pub flaky: bool,
    pub change: Option<String>,
    pub duration_ms: i64,
    pub started_at: Time,
    pub error_key: Option<String>,
    pub error_type: Option<String>,
    pub error_message: Option<String>,
    pub text_at: i64,
    pub text_size: i64,
    /// Of the test case, newest first.
    pub history: String,
    /// Number of results of the test case.
    pub result_count: i64,
}

/// Selects results of an execution.
#[derive(Clone, Debug)]
pub struct ResultFilter {
    pub execution_id: i64,
    /// One or two outcomes; `None`: all.
    pub outcomes: Option<[String; 2]>,
    pub change: Option<String>,
    pub error_key: Option<String>,
}

orders! {
    RESULTS,
    rows: "r.id, r.execution_id, r.test_case_id, r.run, c.suite, c.name, c.parameters, r.outcome, r.flaky, r.change,
           r.duration_ms, r.started_at, r.error_key, r.error_type, r.error_message, r.text_at, r.text_size, c.history,
           c.result_count",
    from: "test_result r",
    joins: "LEFT JOIN test_result r ON r.id = page.seek_id LEFT JOIN test_case c ON c.id = r.test_case_id",
    only: "r.execution_id = $5 AND (CAST($7 AS TEXT) IS NULL OR r.outcome = $7 OR r.outcome = $8)
           AND (CAST($9 AS TEXT) IS NULL OR r.change = $9) AND (CAST($10 AS TEXT) IS NULL OR r.error_key = $10)
           AND ($6 = '%' OR EXISTS (SELECT 1 FROM test_case s WHERE s.id = r.test_case_id
                                    AND s.folded_name LIKE $6 ESCAPE '!'))",
    id: "r.id",
    "position" => Number "r.id",
    "duration" => Amount "r.duration_ms",
}

fn bind(query: Query, filter: &ResultFilter, list: &List) -> Query {
    let [first, second] = match &filter.outcomes {
        Some([first, second]) => [Some(first.clone()), Some(second.clone())],
        None => [None, None],
    };
    query
        .bind(filter.execution_id)
        .bind(list.pattern())
        .bind(first)
        .bind(second)
        .bind(filter.change.clone())
        .bind(filter.error_key.clone())
}

/// Sorts by `position` or `duration`. Searches suite, name and parameters.
pub async fn list_results(
    on: impl Into<On<'_>>,
    filter: &ResultFilter,
    list: &List,
) -> Result<Slice<TestResult>, sqlx::Error> {
    list.fetch(RESULTS, |query| bind(query, filter, list), on).await
}

pub async fn count_results(
    on: impl Into<On<'_>>,
    filter: &ResultFilter,
    list: &List,
) -> Result<Total, sqlx::Error> {
    let query = sql("SELECT COUNT(*) FROM (SELECT 1 FROM test_result r
         WHERE r.execution_id = $1 AND (CAST($3 AS TEXT) IS NULL OR r.outcome = $3 OR r.outcome = $4)
           AND (CAST($5 AS TEXT) IS NULL OR r.change = $5) AND (CAST($6 AS TEXT) IS NULL OR r.error_key = $6)
           AND ($2 = '%' OR EXISTS (SELECT 1 FROM test_case s WHERE s.id = r.test_case_id
                                    AND s.folded_name LIKE $2 ESCAPE '!'))
         LIMIT $7) counted");
    Total::fetch(bind(query, filter, list), on).await
}

/// A result, with its execution and project.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ResultInPlace {
    #[sqlx(flatten)]
    pub result: TestResult,
    pub execution_number: i64,
    pub execution_name: String,
    pub project_id: i64,
    pub project_name: String,
    /// The stored file of long texts.
    pub texts: Option<String>,
}

pub async fn find_result(on: impl Into<On<'_>>, id: i64) -> Result<Option<ResultInPlace>, sqlx::Error> {
    sql("SELECT r.id, r.execution_id, r.test_case_id, r.run, c.suite, c.name, c.parameters, r.outcome, r.flaky, r.change,
                r.duration_ms, r.started_at, r.error_key, r.error_type, r.error_message, r.text_at, r.text_size,
                c.history, c.result_count, e.number AS execution_number, e.name AS execution_name, e.project_id,
                p.name AS project_name, e.texts
         FROM test_result r JOIN test_case c ON c.id = r.test_case_id JOIN execution e ON e.id = r.execution_id
         JOIN scope p ON p.id = e.project_id WHERE r.id = $1 AND e.state <> 'deleting'")
    .bind(id)
    .fetch_optional(on)
    .await
}

/// A run of a test case, for its history.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Run {
    pub result_id: i64,
    pub execution_id: i64,
    pub execution_number: i64,
    pub outcome: String,
    pub duration_ms: i64,
    pub started_at: Time,
    pub error_message: Option<String>,
}

/// The newest runs of a test case, newest first.
pub async fn list_runs(
    on: impl Into<On<'_>>,
    test_case_id: i64,
    limit: i64,
) -> Result<Vec<Run>, sqlx::Error> {
    sql("SELECT r.id AS result_id, r.execution_id, e.number AS execution_number, r.outcome, r.duration_ms, r.started_at,
                r.error_message
         FROM test_result r JOIN execution e ON e.id = r.execution_id
         WHERE r.test_case_id = $1 AND e.state <> 'deleting' ORDER BY r.id DESC LIMIT $2")
    .bind(test_case_id)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Equal errors of an execution.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ErrorGroup {
    pub error_key: String,
    pub count: i64,
    /// Number of results that did not fail before.
    pub new_count: i64,
    pub first_id: i64,
}

/// The errors of an execution: with new failures first, then the most frequent.
pub async fn list_error_groups(
    on: impl Into<On<'_>>,
    execution_id: i64,
    limit: i64,
) -> Result<Vec<ErrorGroup>, sqlx::Error> {
    sql("SELECT x.error_key, x.count, x.new_count, x.first_id
         FROM (SELECT r.error_key, COUNT(*) AS count,
                      CAST(SUM(CASE WHEN r.change = 'new_failure' THEN 1 ELSE 0 END) AS BIGINT) AS new_count,
                      MIN(r.id) AS first_id
               FROM test_result r WHERE r.execution_id = $1 AND r.error_key IS NOT NULL GROUP BY r.error_key) x
         ORDER BY CASE WHEN x.new_count > 0 THEN 0 ELSE 1 END, x.count DESC, x.first_id LIMIT $2")
    .bind(execution_id)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// A result with its name only.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct NamedResult {
    pub id: i64,
    pub suite: String,
    pub name: String,
    pub error_type: Option<String>,
    pub error_message: Option<String>,
}

/// The first results of an execution with an error.
pub async fn list_with_error(
    on: impl Into<On<'_>>,
    execution_id: i64,
    error_key: &str,
    limit: i64,
) -> Result<Vec<NamedResult>, sqlx::Error> {
    sql("SELECT r.id, c.suite, c.name, r.error_type, r.error_message
         FROM test_result r JOIN test_case c ON c.id = r.test_case_id
         WHERE r.execution_id = $1 AND r.error_key = $2 AND r.error_key IS NOT NULL ORDER BY r.id LIMIT $3")
    .bind(execution_id)
    .bind(error_key)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// The failed or errored results before and after a result of the same execution.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
pub struct Neighbors {
    pub previous_id: Option<i64>,
    pub next_id: Option<i64>,
}

pub async fn find_broken_neighbors(
    on: impl Into<On<'_>>,
    execution_id: i64,
    id: i64,
) -> Result<Neighbors, sqlx::Error> {
    sql("SELECT (SELECT MAX(r.id) FROM test_result r WHERE r.execution_id = $1 AND r.id < $2
                 AND r.outcome IN ('failed', 'errored')) AS previous_id,
                (SELECT MIN(r.id) FROM test_result r WHERE r.execution_id = $1 AND r.id > $2
                 AND r.outcome IN ('failed', 'errored')) AS next_id")
    .bind(execution_id)
    .bind(id)
    .fetch_one(on)
    .await
}
