//! `sign_in_throttle`: how fast passwords may be tried per subject (an account, an address, …), shared by all servers
//! on one database.

use crate::{Time, Tx, sql};

#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Throttle {
    /// The counted attempts as of `since`. The count decreases with time.
    pub attempts: i64,
    pub since: Time,
    /// The next attempt is checked at this time or later.
    pub next_at: Time,
    pub told_at: Option<Time>,
}

/// Reads the subject's row, or creates it, and locks it until the transaction ends.
pub async fn lock_throttle(tx: &mut Tx, subject: &str, now: Time) -> Result<Throttle, sqlx::Error> {
    sql("INSERT INTO sign_in_throttle (subject, attempts, since, next_at) VALUES ($1, 0, $2, $2)
         ON CONFLICT (subject) DO UPDATE SET attempts = sign_in_throttle.attempts
         RETURNING attempts, since, next_at, told_at")
    .bind(subject)
    .bind(now)
    .fetch_one(tx)
    .await
}

pub async fn update_throttle(tx: &mut Tx, subject: &str, throttle: &Throttle) -> Result<(), sqlx::Error> {
    sql("UPDATE sign_in_throttle SET attempts = $2, since = $3, next_at = $4, told_at = $5 WHERE subject = $1")
        .bind(subject)
        .bind(throttle.attempts)
        .bind(throttle.since)
        .bind(throttle.next_at)
        .bind(throttle.told_at)
        .execute(tx)
        .await
        .map(drop)
}

/// Takes back one attempt, because it was a correct sign-in.
pub async fn forgive_throttle(tx: &mut Tx, subject: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE sign_in_throttle SET attempts = attempts - 1 WHERE subject = $1 AND attempts > 0")
        .bind(subject)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn delete_old_throttles(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM sign_in_throttle WHERE subject IN (SELECT subject FROM sign_in_throttle
             WHERE since < $1 AND next_at < $1 ORDER BY since LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
