//! `test_case`: the test cases of a project, with the outcomes of their last runs.

use testkeep_domain::text::fold;

use crate::list::{List, Slice, Total, orders};
use crate::on::On;
use crate::query::Query;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

/// What a reading knows about a test case before it adds a result.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Known {
    pub id: i64,
    pub identity: String,
    pub history: String,
    pub durations: String,
    pub result_count: i64,
}

/// The test cases with these identities. Call [`super::execution::lock_executions`] before.
pub async fn list_known(
    tx: &mut Tx,
    project_id: i64,
    identities: &[&str],
) -> Result<Vec<Known>, sqlx::Error> {
    // `CROSS JOIN` fixes the order: otherwise SQLite reads the whole array again for each test case of the project.
    sql("SELECT c.id, c.identity, c.history, c.durations, c.result_count
         FROM json_each($2) w CROSS JOIN test_case c ON c.project_id = $1 AND c.identity = w.value ->> 0")
    .on_postgres(
        "SELECT c.id, c.identity, c.history, c.durations, c.result_count
         FROM jsonb_array_elements($2::jsonb) AS w (value) JOIN test_case c ON c.project_id = $1 AND c.identity = w.value ->> 0",
    )
    .bind(project_id)
    .bind(Rows::of(identities.iter().copied()).to_json())
    .fetch_all(tx)
    .await
}

#[derive(Clone, Debug)]
pub struct NewTestCase<'a> {
    pub identity: &'a str,
    pub suite: &'a str,
    pub name: &'a str,
    pub parameters: Option<&'a str>,
}

#[derive(sqlx::FromRow)]
struct Created {
    id: i64,
    identity: String,
}

/// Creates test cases without a result; returns their ids by identity.
pub async fn create_test_cases(
    tx: &mut Tx,
    project_id: i64,
    new: &[NewTestCase<'_>],
    now: Time,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let mut rows = Rows::default();
    for case in new {
        let folded = fold(&format!("{} {} {}", case.suite, case.name, case.parameters.unwrap_or_default()));
        rows.push([
            case.identity.into(),
            case.suite.into(),
            case.name.into(),
            case.parameters.into(),
            folded.into(),
        ]);
    }
    let created: Vec<Created> = sql(
        "INSERT INTO test_case (project_id, identity, suite, name, parameters, folded_name, outcome, history, durations,
                                result_count, last_run_at)
         SELECT $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'other', '', '', 0, $3
         FROM json_each($2) RETURNING id, identity",
    )
    .on_postgres(
        "INSERT INTO test_case (project_id, identity, suite, name, parameters, folded_name, outcome, history, durations,
                                result_count, last_run_at)
         SELECT $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, 'other', '', '', 0, $3
         FROM jsonb_array_elements($2::jsonb) AS rows (value) RETURNING id, identity",
    )
    .bind(project_id)
    .bind(rows.to_json())
    .bind(now)
    .fetch_all(tx)
    .await?;
    Ok(created.into_iter().map(|row| (row.identity, row.id)).collect())
}

/// The runs of a test case after a change.
#[derive(Clone, Debug)]
pub struct Runs {
    pub id: i64,
    pub outcome: &'static str,
    pub history: String,
    pub durations: String,
    pub result_count: i64,
    pub last_execution_id: Option<i64>,
}

pub async fn update_runs(tx: &mut Tx, runs: &[Runs], last_run_at: Time) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for it in runs {
        rows.push([
            it.id.into(),
            it.outcome.into(),
            it.history.as_str().into(),
            it.durations.as_str().into(),
            it.result_count.into(),
            it.last_execution_id.into(),
        ]);
    }
    sql(
        "UPDATE test_case SET outcome = w.value ->> 1, history = w.value ->> 2, durations = w.value ->> 3,
                result_count = w.value ->> 4, last_execution_id = w.value ->> 5, last_run_at = $2
         FROM json_each($1) w WHERE test_case.id = w.value ->> 0",
    )
    .on_postgres(
        "UPDATE test_case SET outcome = w.value ->> 1, history = w.value ->> 2, durations = w.value ->> 3,
                result_count = (w.value ->> 4)::bigint, last_execution_id = (w.value ->> 5)::bigint, last_run_at = $2
         FROM jsonb_array_elements($1::jsonb) AS w (value) WHERE test_case.id = (w.value ->> 0)::bigint",
    )
    .bind(rows.to_json())
    .bind(last_run_at)
    .execute(tx)
    .await
    .map(drop)
}

/// Test cases that have no result any more.
pub async fn delete_without_results(tx: &mut Tx, ids: &[i64]) -> Result<(), sqlx::Error> {
    sql("DELETE FROM test_case WHERE id IN (SELECT value ->> 0 FROM json_each($1))")
        .on_postgres(
            "DELETE FROM test_case WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
        )
        .bind(Rows::of(ids.iter().copied()).to_json())
        .execute(tx)
        .await
        .map(drop)
}

/// A test case as pages show it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct TestCase {
    pub id: i64,
    pub project_id: i64,
    pub suite: String,
    pub name: String,
    pub parameters: Option<String>,
    pub outcome: String,
    pub history: String,
    pub durations: String,
    pub result_count: i64,
    pub last_execution_id: Option<i64>,
    pub last_execution_number: Option<i64>,
    pub last_run_at: Time,
}

orders! {
    TEST_CASES,
    rows: "c.id, c.project_id, c.suite, c.name, c.parameters, c.outcome, c.history, c.durations, c.result_count,
           e.id AS last_execution_id, e.number AS last_execution_number, c.last_run_at",
    from: "test_case c",
    joins: "LEFT JOIN test_case c ON c.id = page.seek_id LEFT JOIN execution e ON e.id = c.last_execution_id",
    only: "c.project_id = $5 AND ($6 = '%' OR c.folded_name LIKE $6 ESCAPE '!')
           AND (CAST($7 AS TEXT) IS NULL OR c.outcome = $7)",
    id: "c.id",
    "name" => Text "c.folded_name",
    "last_run_at" => Time "c.last_run_at",
}

/// Selects test cases of a project.
#[derive(Clone, Debug)]
pub struct TestCaseFilter {
    pub project_id: i64,
    pub outcome: Option<String>,
}

fn bind(query: Query, filter: &TestCaseFilter, list: &List) -> Query {
    query.bind(filter.project_id).bind(list.pattern()).bind(filter.outcome.clone())
}

/// Sorts by `name` or `last_run_at`. Searches suite, name and parameters.
pub async fn list_test_cases(
    on: impl Into<On<'_>>,
    filter: &TestCaseFilter,
    list: &List,
) -> Result<Slice<TestCase>, sqlx::Error> {
    list.fetch(TEST_CASES, |query| bind(query, filter, list), on).await
}

pub async fn count_test_cases(
    on: impl Into<On<'_>>,
    filter: &TestCaseFilter,
    list: &List,
) -> Result<Total, sqlx::Error> {
    let query = sql("SELECT COUNT(*) FROM (SELECT 1 FROM test_case c
         WHERE c.project_id = $1 AND ($2 = '%' OR c.folded_name LIKE $2 ESCAPE '!')
           AND (CAST($3 AS TEXT) IS NULL OR c.outcome = $3)
         LIMIT $4) counted");
    Total::fetch(bind(query, filter, list), on).await
}

pub async fn find_test_case(on: impl Into<On<'_>>, id: i64) -> Result<Option<TestCase>, sqlx::Error> {
    sql("SELECT c.id, c.project_id, c.suite, c.name, c.parameters, c.outcome, c.history, c.durations, c.result_count,
                e.id AS last_execution_id, e.number AS last_execution_number, c.last_run_at
         FROM test_case c LEFT JOIN execution e ON e.id = c.last_execution_id WHERE c.id = $1")
    .bind(id)
    .fetch_optional(on)
    .await
}
