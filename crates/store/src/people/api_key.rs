//! `api_key`: tokens with which programs sign in as a person.
//!
//! Must never store a token: the table holds SHA-256 hashes only.

use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApiKey {
    pub id: i64,
    pub name: String,
    /// The first characters of the token.
    pub start: String,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
    /// The IP address of the last use that was noted.
    pub last_used_address: Option<String>,
    pub expires_at: Option<Time>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApiKeyUser {
    pub id: i64,
    pub last_used_at: Option<Time>,
    pub expires_at: Option<Time>,
    pub user_id: i64,
    pub email: String,
}

pub struct NewApiKey<'a> {
    pub user_id: i64,
    pub name: &'a str,
    pub start: &'a str,
    pub token_hash: &'a [u8],
    pub expires_at: Option<Time>,
}

pub async fn create_api_key(tx: &mut Tx, key: NewApiKey<'_>, now: Time) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) = sql("INSERT INTO api_key (user_id, name, start, token_hash, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id")
    .bind(key.user_id)
    .bind(key.name)
    .bind(key.start)
    .bind(key.token_hash)
    .bind(now)
    .bind(key.expires_at)
    .fetch_one(tx)
    .await?;
    Ok(id)
}

/// The person's keys, newest first. There is no paging: a person has few keys.
pub async fn list_api_keys(on: impl Into<On<'_>>, user_id: i64) -> Result<Vec<ApiKey>, sqlx::Error> {
    sql("SELECT id, name, start, created_at, last_used_at, last_used_address, expires_at FROM api_key
         WHERE user_id = $1 ORDER BY id DESC")
    .bind(user_id)
    .fetch_all(on)
    .await
}

/// Counts the person's keys, including expired ones. Other transactions cannot add a key for this person until this
/// transaction ends.
pub async fn lock_and_count_api_keys(tx: &mut Tx, user_id: i64) -> Result<i64, sqlx::Error> {
    // An UPDATE locks the row on both databases.
    sql("UPDATE user_account SET first_name = first_name WHERE id = $1").bind(user_id).execute(tx).await?;
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM api_key WHERE user_id = $1").bind(user_id).fetch_one(tx).await?;
    Ok(count)
}

/// Finds a valid key by its token. `None`: the key does not exist or has expired, or its person is no longer in the
/// account or may no longer sign in with a password. A key depends on password sign-in because the person signed in
/// with a password to create it.
pub async fn find_api_key_user(
    on: impl Into<On<'_>>,
    token_hash: &[u8],
    now: Time,
) -> Result<Option<ApiKeyUser>, sqlx::Error> {
    sql("SELECT k.id, k.last_used_at, k.expires_at, u.id AS user_id, u.email
         FROM api_key k JOIN user_account u ON u.id = k.user_id
         JOIN member m ON m.scope_id = 1 AND m.user_id = u.id AND m.password_sign_in
         WHERE k.token_hash = $1 AND (k.expires_at IS NULL OR k.expires_at > $2)")
    .bind(token_hash)
    .bind(now)
    .fetch_optional(on)
    .await
}

/// Ids and email addresses of those of the keys that [`find_api_key_user`] would find.
pub async fn list_holding_api_keys(
    on: impl Into<On<'_>>,
    ids: impl IntoIterator<Item = i64>,
    now: Time,
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sql("SELECT k.id, u.email FROM json_each($1) asked JOIN api_key k ON k.id = asked.value ->> 0
         JOIN user_account u ON u.id = k.user_id
         JOIN member m ON m.scope_id = 1 AND m.user_id = u.id AND m.password_sign_in
         WHERE k.expires_at IS NULL OR k.expires_at > $2")
    .on_postgres(
        "SELECT k.id, u.email FROM jsonb_array_elements($1::jsonb) AS asked (value)
         JOIN api_key k ON k.id = (asked.value ->> 0)::bigint
         JOIN user_account u ON u.id = k.user_id
         JOIN member m ON m.scope_id = 1 AND m.user_id = u.id AND m.password_sign_in
         WHERE k.expires_at IS NULL OR k.expires_at > $2",
    )
    .bind(Rows::of(ids).to_json())
    .bind(now)
    .fetch_all(on)
    .await
}

pub async fn update_api_key_used(tx: &mut Tx, id: i64, address: &str, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE api_key SET last_used_at = $2, last_used_address = $3 WHERE id = $1")
        .bind(id)
        .bind(now)
        .bind(address)
        .execute(tx)
        .await
        .map(drop)
}

/// Returns the name of the deleted key; `None`: this person has no such key.
pub async fn delete_api_key(tx: &mut Tx, user_id: i64, id: i64) -> Result<Option<String>, sqlx::Error> {
    let row: Option<(String,)> = sql("DELETE FROM api_key WHERE id = $1 AND user_id = $2 RETURNING name")
        .bind(id)
        .bind(user_id)
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|(name,)| name))
}

pub async fn delete_api_keys_of_users(tx: &mut Tx, user_ids: &[i64]) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM api_key WHERE user_id IN (SELECT value ->> 0 FROM json_each($1))")
        .on_postgres(
            "DELETE FROM api_key
             WHERE user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
        )
        .bind(Rows::of(user_ids.iter().copied()).to_json())
        .execute(tx)
        .await
}
