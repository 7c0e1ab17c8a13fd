//! `password_reset`: links of “Forgot your password”. The table holds hashes of the tokens only.

use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PasswordReset {
    pub id: i64,
    pub user_id: i64,
    pub email: String,
    /// The person's password, in the form in which it is stored now.
    pub password: String,
    pub nonce: Vec<u8>,
    pub token_hash: Vec<u8>,
    pub expires_at: Time,
    pub used_at: Option<Time>,
}

/// Creates a link and deletes the person's earlier unused links.
pub async fn create_password_reset(
    tx: &mut Tx,
    user_id: i64,
    nonce: &[u8],
    token_hash: &[u8],
    expires_at: Time,
    now: Time,
) -> Result<i64, sqlx::Error> {
    delete_password_resets_of(tx, user_id).await?;
    let (id,): (i64,) = sql("INSERT INTO password_reset (user_id, nonce, token_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5) RETURNING id")
    .bind(user_id)
    .bind(nonce)
    .bind(token_hash)
    .bind(now)
    .bind(expires_at)
    .fetch_one(tx)
    .await?;
    Ok(id)
}

/// Deletes the person's unused links: after a change of the password no link may work. Used links stay, so that the
/// person is told that the link was used.
pub async fn delete_password_resets_of(tx: &mut Tx, user_id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM password_reset WHERE user_id = $1 AND used_at IS NULL")
        .bind(user_id)
        .execute(tx)
        .await
        .map(drop)
}

/// Deletes the unused links of these people.
pub async fn delete_password_resets_of_users(tx: &mut Tx, user_ids: &[i64]) -> Result<(), sqlx::Error> {
    sql("DELETE FROM password_reset
         WHERE user_id IN (SELECT value ->> 0 FROM json_each($1)) AND used_at IS NULL")
    .on_postgres(
        "DELETE FROM password_reset WHERE used_at IS NULL
           AND user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
    )
    .bind(Rows::of(user_ids.iter().copied()).to_json())
    .execute(tx)
    .await
    .map(drop)
}

/// Finds a link by id, if its person is in the account and may sign in with a password.
pub async fn find_password_reset(
    on: impl Into<On<'_>>,
    id: i64,
) -> Result<Option<PasswordReset>, sqlx::Error> {
    sql("SELECT r.id, r.user_id, u.email, u.password, r.nonce, r.token_hash, r.expires_at, r.used_at
         FROM password_reset r JOIN user_account u ON u.id = r.user_id
         JOIN member m ON m.scope_id = 1 AND m.user_id = u.id AND m.password_sign_in WHERE r.id = $1")
    .bind(id)
    .fetch_optional(on)
    .await
}

/// As [`find_password_reset`], by token.
pub async fn find_password_reset_by_token(
    on: impl Into<On<'_>>,
    token_hash: &[u8],
) -> Result<Option<PasswordReset>, sqlx::Error> {
    sql("SELECT r.id, r.user_id, u.email, u.password, r.nonce, r.token_hash, r.expires_at, r.used_at
         FROM password_reset r JOIN user_account u ON u.id = r.user_id
         JOIN member m ON m.scope_id = 1 AND m.user_id = u.id AND m.password_sign_in WHERE r.token_hash = $1")
    .bind(token_hash)
    .fetch_optional(on)
    .await
}

/// Notes that the link was used. Returns `false` when it was used before.
pub async fn note_password_reset_used(tx: &mut Tx, id: i64, now: Time) -> Result<bool, sqlx::Error> {
    let changed = sql("UPDATE password_reset SET used_at = $2 WHERE id = $1 AND used_at IS NULL")
        .bind(id)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

pub async fn delete_old_password_resets(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM password_reset WHERE id IN
         (SELECT id FROM password_reset WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
