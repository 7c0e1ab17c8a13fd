//! `undo`: what a person has removed and may bring back for a short time.

use crate::on::On;
use crate::{Time, Tx, sql};

/// Something that can be undone, with the scope in which it happened.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Undo {
    pub id: i64,
    pub scope_id: i64,
    pub level: String,
    /// JSON
    pub content: String,
}

pub async fn create_undo(
    tx: &mut Tx,
    user_id: i64,
    scope_id: i64,
    content: &str,
    now: Time,
    expires_at: Time,
) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) = sql("INSERT INTO undo (user_id, scope_id, content, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5) RETURNING id")
    .bind(user_id)
    .bind(scope_id)
    .bind(content)
    .bind(now)
    .bind(expires_at)
    .fetch_one(tx)
    .await?;
    Ok(id)
}

/// What this person may still undo. `None`: it is too late, it was undone before, or it is somebody else's.
pub async fn find_undo(
    on: impl Into<On<'_>>,
    id: i64,
    user_id: i64,
    now: Time,
) -> Result<Option<Undo>, sqlx::Error> {
    sql("SELECT u.id, u.scope_id, s.level, u.content FROM undo u JOIN scope s ON s.id = u.scope_id
         WHERE u.id = $1 AND u.user_id = $2 AND u.expires_at > $3")
    .bind(id)
    .bind(user_id)
    .bind(now)
    .fetch_optional(on)
    .await
}

/// Deletes the row; of several who try, one gets `true`.
pub async fn take_undo(tx: &mut Tx, id: i64) -> Result<bool, sqlx::Error> {
    Ok(sql("DELETE FROM undo WHERE id = $1").bind(id).execute(tx).await? == 1)
}

/// As [`take_undo`], with its content: when the time is over.
pub async fn end_undo(tx: &mut Tx, id: i64) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> =
        sql("DELETE FROM undo WHERE id = $1 RETURNING content").bind(id).fetch_optional(tx).await?;
    Ok(row.map(|(content,)| content))
}

/// Rows whose job did not run, for example because it was given up.
pub async fn delete_old_undos(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM undo WHERE id IN (SELECT id FROM undo WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
        .bind(before)
        .bind(limit)
        .execute(tx)
        .await
}
