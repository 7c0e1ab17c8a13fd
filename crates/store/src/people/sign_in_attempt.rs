//! `sign_in_attempt`: counters that limit guessing, shared by all servers on one database.

use crate::{Time, Tx, sql};

#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Attempts {
    /// Attempts in the current window, this one included.
    pub attempts: i64,
    pub window_start: Time,
}

/// Counts one attempt of `subject`. A new window begins if the stored one began before `window_since`, or in the future
/// because a clock was wrong. This is one statement, so that parallel attempts are all counted.
pub async fn count_attempt(
    tx: &mut Tx,
    subject: &str,
    window_since: Time,
    now: Time,
) -> Result<Attempts, sqlx::Error> {
    sql("INSERT INTO sign_in_attempt (subject, window_start, attempts) VALUES ($1, $2, 1)
         ON CONFLICT (subject) DO UPDATE SET
             attempts = CASE WHEN sign_in_attempt.window_start < $3 OR sign_in_attempt.window_start > $4
                             THEN 1 ELSE sign_in_attempt.attempts + 1 END,
             window_start = CASE WHEN sign_in_attempt.window_start < $3 OR sign_in_attempt.window_start > $4
                                 THEN excluded.window_start ELSE sign_in_attempt.window_start END
         RETURNING attempts, window_start")
    .bind(subject)
    .bind(now)
    .bind(window_since)
    // The window may begin up to one window length in the future: another server's clock may be a little ahead.
    .bind(now + (now - window_since))
    .fetch_one(tx)
    .await
}

/// Takes back one attempt, because it was a correct sign-in.
pub async fn forgive_attempt(tx: &mut Tx, subject: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE sign_in_attempt SET attempts = attempts - 1 WHERE subject = $1 AND attempts > 0")
        .bind(subject)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn forget_attempts(tx: &mut Tx, subject: &str) -> Result<(), sqlx::Error> {
    sql("DELETE FROM sign_in_attempt WHERE subject = $1").bind(subject).execute(tx).await.map(drop)
}

pub async fn delete_old_attempts(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM sign_in_attempt WHERE subject IN
         (SELECT subject FROM sign_in_attempt WHERE window_start < $1 ORDER BY window_start LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
