//! `job`: work that is done outside of requests.
//!
//! A worker claims a job for a limited time. When a worker is killed, its claim expires and the job is due again.

use crate::mail_setting::lock_mail_setting;
use crate::on::On;
use crate::rows::Rows;
use crate::{Db, Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    pub id: i64,
    pub name: String,
    /// JSON
    pub payload: String,
    /// How often the job was begun, this time included.
    pub attempts: i64,
    pub created_at: Time,
}

/// A job that is not queued yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    pub name: &'static str,
    /// JSON
    pub payload: String,
}

/// Queues jobs that are due at once.
pub async fn create_jobs(tx: &mut Tx, jobs: &[NewJob], now: Time) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for job in jobs {
        rows.push([job.name.into(), job.payload.as_str().into()]);
    }
    sql("INSERT INTO job (name, payload, run_at, created_at)
         SELECT value ->> 0, value ->> 1, $2, $2 FROM json_each($1) ORDER BY key")
    .on_postgres(
        "INSERT INTO job (name, payload, run_at, created_at)
         SELECT value ->> 0, value ->> 1, $2, $2
         FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS rows (value, key) ORDER BY key",
    )
    .bind(rows.to_json())
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Lengthens the claim of a job that still runs.
pub async fn renew_claim(tx: &mut Tx, id: i64, until: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE job SET claimed_until = $2 WHERE id = $1 AND claimed_until IS NOT NULL")
        .bind(id)
        .bind(until)
        .execute(tx)
        .await
        .map(drop)
}

/// Whether a job of this name is due. Only reads: for the regular check without a wake-up.
pub async fn is_job_due(db: &Db, name: &str, now: Time) -> Result<bool, sqlx::Error> {
    let due: Option<(i64,)> = sql("SELECT id FROM job WHERE name = $1 AND parked_at IS NULL AND run_at <= $2
         AND (claimed_until IS NULL OR claimed_until <= $2) ORDER BY run_at LIMIT 1")
    .bind(name)
    .bind(now)
    .fetch_optional(db)
    .await?;
    Ok(due.is_some())
}

/// Due jobs with a name other than these; at most 100. Another version of the program queued them.
pub async fn list_unknown_jobs(
    db: &Db,
    names: impl IntoIterator<Item = &str>,
    now: Time,
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sql("SELECT id, name FROM job WHERE parked_at IS NULL AND run_at <= $2
             AND name NOT IN (SELECT value ->> 0 FROM json_each($1)) ORDER BY run_at LIMIT 100")
    .on_postgres(
        "SELECT id, name FROM job WHERE parked_at IS NULL AND run_at <= $2
             AND name NOT IN (SELECT value ->> 0 FROM jsonb_array_elements($1::jsonb) AS rows (value))
         ORDER BY run_at LIMIT 100",
    )
    .bind(Rows::of(names).to_json())
    .bind(now)
    .fetch_all(db)
    .await
}

/// Claims at most `limit` due jobs of this name, oldest first. No other worker gets them before `until`.
pub async fn claim_jobs(
    tx: &mut Tx,
    name: &str,
    limit: i64,
    now: Time,
    until: Time,
) -> Result<Vec<Job>, sqlx::Error> {
    // PostgreSQL skips rows that another server is claiming at the moment. SQLite has one writer.
    sql("UPDATE job SET claimed_until = $4, attempts = attempts + 1, waits_for = NULL
         WHERE id IN (SELECT id FROM job WHERE name = $1 AND parked_at IS NULL AND run_at <= $3
             AND (claimed_until IS NULL OR claimed_until <= $3) ORDER BY run_at, id LIMIT $2)
         RETURNING id, name, payload, attempts, created_at")
    .on_postgres(
        "UPDATE job SET claimed_until = $4, attempts = attempts + 1, waits_for = NULL
         WHERE id IN (SELECT id FROM job WHERE name = $1 AND parked_at IS NULL AND run_at <= $3
             AND (claimed_until IS NULL OR claimed_until <= $3) ORDER BY run_at, id LIMIT $2
             FOR UPDATE SKIP LOCKED)
         RETURNING id, name, payload, attempts, created_at",
    )
    .bind(name)
    .bind(limit)
    .bind(now)
    .bind(until)
    .fetch_all(tx)
    .await
}

/// Ends all claims. Only for a database that no other server uses, before the workers start.
pub async fn release_claims(db: &Db) -> Result<u64, sqlx::Error> {
    let mut tx = db.begin().await?;
    let released =
        sql("UPDATE job SET claimed_until = NULL WHERE claimed_until IS NOT NULL").execute(&mut tx).await?;
    tx.commit().await?;
    Ok(released)
}

/// Deletes jobs that are done.
pub async fn delete_jobs(tx: &mut Tx, ids: &[i64]) -> Result<(), sqlx::Error> {
    sql("DELETE FROM job WHERE id IN (SELECT value ->> 0 FROM json_each($1))")
        .on_postgres(
            "DELETE FROM job WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
        )
        .bind(Rows::of(ids.iter().copied()).to_json())
        .execute(tx)
        .await
        .map(drop)
}

pub async fn retry_job(tx: &mut Tx, id: i64, run_at: Time, error: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE job SET run_at = $2, claimed_until = NULL, last_error = $3, waits_for = NULL WHERE id = $1")
        .bind(id)
        .bind(run_at)
        .bind(error)
        .execute(tx)
        .await
        .map(drop)
}

/// Until when a claimed job waits, and for what, because it cannot start yet.
#[derive(Clone, Copy, Debug)]
pub struct Wait<'a> {
    /// The scope of the mail settings that the job needs.
    pub waits_for: i64,
    pub until: Time,
    pub reason: &'a str,
}

/// Puts a claimed job back. This attempt is not counted. The job is due at once if the settings work again by now.
/// Call it for several jobs of one transaction in the order of `waits_for`, or two servers can deadlock.
pub async fn wait_with_job(tx: &mut Tx, id: i64, wait: Wait<'_>) -> Result<(), sqlx::Error> {
    // The function that releases waiting jobs takes the same lock, so it cannot miss this job.
    lock_mail_setting(tx, wait.waits_for).await?;
    sql("UPDATE job SET claimed_until = NULL, attempts = attempts - 1, waits_for = $2, last_error = $3,
            run_at = CASE WHEN EXISTS (SELECT 1 FROM mail_setting WHERE scope_id = $2 AND stuck_since IS NOT NULL)
                THEN $4 ELSE run_at END
         WHERE id = $1")
    .bind(id)
    .bind(wait.waits_for)
    .bind(wait.reason)
    .bind(wait.until)
    .execute(tx)
    .await
    .map(drop)
}

/// Makes all jobs due that wait for these mail settings. Returns how many there were.
pub async fn release_waiting(tx: &mut Tx, waits_for: i64, now: Time) -> Result<u64, sqlx::Error> {
    sql("UPDATE job SET run_at = $2, waits_for = NULL WHERE waits_for = $1 AND parked_at IS NULL")
        .bind(waits_for)
        .bind(now)
        .execute(tx)
        .await
}

/// Makes the oldest job due that waits for these mail settings. Returns whether there was one.
pub async fn release_next_waiting(tx: &mut Tx, waits_for: i64, now: Time) -> Result<bool, sqlx::Error> {
    let released = sql("UPDATE job SET run_at = $2, waits_for = NULL
         WHERE id = (SELECT MIN(id) FROM job WHERE waits_for = $1 AND parked_at IS NULL)")
    .bind(waits_for)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(released == 1)
}

/// Gives a job up and stores the reason. It is not tried again.
pub async fn park_job(tx: &mut Tx, id: i64, error: &str, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE job SET parked_at = $3, claimed_until = NULL, last_error = $2 WHERE id = $1")
        .bind(id)
        .bind(error)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// How many jobs are queued, and how many are parked.
pub async fn count_jobs(on: impl Into<On<'_>>) -> Result<(i64, i64), sqlx::Error> {
    sql("SELECT COUNT(*) - COUNT(parked_at), COUNT(parked_at) FROM job").fetch_one(on).await
}

pub async fn delete_old_parked_jobs(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM job WHERE id IN
         (SELECT id FROM job WHERE parked_at < $1 ORDER BY parked_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
