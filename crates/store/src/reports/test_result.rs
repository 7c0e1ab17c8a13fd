//! `test_result`: one result of one test case in one execution. Lists for pages are in [`super::test_result_list`].

use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug)]
pub struct NewResult<'a> {
    pub test_case_id: i64,
    pub run: i64,
    pub outcome: &'static str,
    pub flaky: bool,
    pub change: Option<&'static str>,
    /// -1: not known.
    pub duration_ms: i64,
    pub error_key: Option<&'a str>,
    pub error_type: Option<&'a str>,
    pub error_message: Option<&'a str>,
    pub text_at: i64,
    /// 0: there are no long texts.
    pub text_size: i64,
}

/// Writes results in their order.
pub async fn create_results(
    tx: &mut Tx,
    execution_id: i64,
    new: &[NewResult<'_>],
    started_at: Time,
) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for it in new {
        rows.push([
            it.test_case_id.into(),
            it.run.into(),
            it.outcome.into(),
            it.flaky.into(),
            it.change.into(),
            it.duration_ms.into(),
            it.error_key.into(),
            it.error_type.into(),
            it.error_message.into(),
            it.text_at.into(),
            it.text_size.into(),
        ]);
    }
    sql(
        "INSERT INTO test_result (execution_id, test_case_id, run, outcome, flaky, change, duration_ms, started_at,
                                  error_key, error_type, error_message, text_at, text_size)
         SELECT $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, $3, value ->> 6,
                value ->> 7, value ->> 8, value ->> 9, value ->> 10
         FROM json_each($2) ORDER BY key",
    )
    .on_postgres(
        "INSERT INTO test_result (execution_id, test_case_id, run, outcome, flaky, change, duration_ms, started_at,
                                  error_key, error_type, error_message, text_at, text_size)
         SELECT $1, (value ->> 0)::bigint, (value ->> 1)::bigint, value ->> 2, (value ->> 3)::boolean, value ->> 4,
                (value ->> 5)::bigint, $3, value ->> 6, value ->> 7, value ->> 8, (value ->> 9)::bigint,
                (value ->> 10)::bigint
         FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS rows (value, key) ORDER BY key",
    )
    .bind(execution_id)
    .bind(rows.to_json())
    .bind(started_at)
    .execute(tx)
    .await
    .map(drop)
}

/// A result that was deleted.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Deleted {
    pub test_case_id: i64,
    pub outcome: String,
    pub flaky: bool,
    pub change: Option<String>,
}

/// Deletes at most `limit` results of an execution.
pub async fn delete_results(tx: &mut Tx, execution_id: i64, limit: i64) -> Result<Vec<Deleted>, sqlx::Error> {
    sql("DELETE FROM test_result WHERE id IN (SELECT id FROM test_result WHERE execution_id = $1 ORDER BY id LIMIT $2)
         RETURNING test_case_id, outcome, flaky, change")
    .bind(execution_id)
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// A result that stays, for the history of its test case.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Kept {
    pub test_case_id: i64,
    pub execution_id: i64,
    pub outcome: String,
    pub duration_ms: i64,
    pub run: i64,
    pub started_at: Time,
}

/// The newest `limit` results of each of these test cases, newest first.
pub async fn list_newest(tx: &mut Tx, test_case_ids: &[i64], limit: i64) -> Result<Vec<Kept>, sqlx::Error> {
    sql("SELECT r.test_case_id, r.execution_id, r.outcome, r.duration_ms, r.run, r.started_at
         FROM json_each($1) w CROSS JOIN test_result r ON r.test_case_id = w.value ->> 0
         WHERE r.id >= COALESCE((SELECT x.id FROM test_result x WHERE x.test_case_id = w.value ->> 0
                                 ORDER BY x.id DESC LIMIT 1 OFFSET $2), 0)
         ORDER BY r.test_case_id, r.id DESC")
    .on_postgres(
        "SELECT r.test_case_id, r.execution_id, r.outcome, r.duration_ms, r.run, r.started_at
         FROM jsonb_array_elements($1::jsonb) AS w (value)
         CROSS JOIN LATERAL (SELECT x.test_case_id, x.execution_id, x.outcome, x.duration_ms, x.run, x.started_at, x.id
                             FROM test_result x WHERE x.test_case_id = (w.value ->> 0)::bigint
                             ORDER BY x.id DESC LIMIT $2 + 1) r
         ORDER BY r.test_case_id, r.id DESC",
    )
    .bind(Rows::of(test_case_ids.iter().copied()).to_json())
    .bind(limit - 1)
    .fetch_all(tx)
    .await
}

pub async fn count_results(on: impl Into<On<'_>>, execution_id: i64) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM test_result WHERE execution_id = $1")
        .bind(execution_id)
        .fetch_one(on)
        .await?;
    Ok(count)
}
