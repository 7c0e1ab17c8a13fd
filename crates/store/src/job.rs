//! `job`: work that is done outside of requests. Claimed for a while, so that what a killed worker held comes back.

use crate::db::On;
use crate::{Db, Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    pub id: i64,
    pub name: String,
    /// JSON
    pub payload: String,
    /// How often it was begun, this time included.
    pub attempts: i64,
    pub created_at: Time,
}

pub async fn create_job(tx: &mut Tx, name: &str, payload: &str, run_at: Time) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) =
        sql("INSERT INTO job (name, payload, run_at, created_at) VALUES ($1, $2, $3, $3) RETURNING id")
            .bind(name)
            .bind(payload)
            .bind(run_at)
            .fetch_one(tx)
            .await?;
    Ok(id)
}

/// The next job that is due, held until `until`; nobody else gets it before.
pub async fn claim_job(db: &Db, now: Time, until: Time) -> Result<Option<Job>, sqlx::Error> {
    // Most of the time there is none, and a look costs no write.
    let due: Option<(i64,)> = sql("SELECT id FROM job WHERE parked_at IS NULL AND run_at <= $1
         AND (claimed_until IS NULL OR claimed_until <= $1) ORDER BY run_at, id LIMIT 1")
    .bind(now)
    .fetch_optional(db)
    .await?;
    let Some((id,)) = due else { return Ok(None) };
    let mut tx = db.begin().await?;
    let claimed = sql("UPDATE job SET claimed_until = $3, attempts = attempts + 1
         WHERE id = $1 AND parked_at IS NULL AND run_at <= $2 AND (claimed_until IS NULL OR claimed_until <= $2)
         RETURNING id, name, payload, attempts, created_at")
    .bind(id)
    .bind(now)
    .bind(until)
    .fetch_optional(&mut tx)
    .await?;
    tx.commit().await?;
    Ok(claimed)
}

/// Gives back what is claimed: for a database that no other server uses, before its workers begin.
pub async fn release_claims(db: &Db) -> Result<u64, sqlx::Error> {
    let mut tx = db.begin().await?;
    let released =
        sql("UPDATE job SET claimed_until = NULL WHERE claimed_until IS NOT NULL").execute(&mut tx).await?;
    tx.commit().await?;
    Ok(released)
}

/// Done.
pub async fn delete_job(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM job WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

pub async fn retry_job(tx: &mut Tx, id: i64, run_at: Time, error: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE job SET run_at = $2, claimed_until = NULL, last_error = $3 WHERE id = $1")
        .bind(id)
        .bind(run_at)
        .bind(error)
        .execute(tx)
        .await
        .map(drop)
}

/// Given up.
pub async fn park_job(tx: &mut Tx, id: i64, error: &str, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE job SET parked_at = $3, claimed_until = NULL, last_error = $2 WHERE id = $1")
        .bind(id)
        .bind(error)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

/// How many wait, and how many were given up.
pub async fn count_jobs(on: impl Into<On<'_>>) -> Result<(i64, i64), sqlx::Error> {
    sql("SELECT COUNT(*) - COUNT(parked_at), COUNT(parked_at) FROM job").fetch_one(on).await
}

pub async fn delete_old_parked_jobs(tx: &mut Tx, before: Time) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM job WHERE parked_at < $1").bind(before).execute(tx).await
}
