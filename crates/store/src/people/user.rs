//! `user_account`: people and their passwords.

use testkeep_domain::text::fold;

use crate::on::On;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    pub id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// Argon2 hash, or the plain value when `password_encrypted` is false (recovery by SQL).
    pub password: String,
    pub password_encrypted: bool,
    pub language: Option<String>,
    pub time_zone: Option<String>,
}

/// The name as it is searched and sorted.
pub(crate) fn folded_name(first_name: &str, last_name: &str) -> String {
    fold(&format!("{first_name} {last_name}"))
}

pub struct NewUser<'a> {
    pub email: &'a str,
    pub password_hash: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
}

/// # Errors
/// A unique violation when the email address is taken.
pub async fn create_user(tx: &mut Tx, user: NewUser<'_>, now: Time) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) = sql(
        "INSERT INTO user_account (email, password, password_encrypted, first_name, last_name, created_at,
             folded_name, folded_email)
         VALUES ($1, $2, TRUE, $3, $4, $5, $6, $7) RETURNING id",
    )
    .bind(user.email)
    .bind(user.password_hash)
    .bind(user.first_name)
    .bind(user.last_name)
    .bind(now)
    .bind(folded_name(user.first_name, user.last_name))
    .bind(fold(user.email))
    .fetch_one(tx)
    .await?;
    Ok(id)
}

/// Whether the person has proven that mail to their email address reaches them.
pub async fn is_address_proven(on: impl Into<On<'_>>, user_id: i64) -> Result<bool, sqlx::Error> {
    let found: Option<(bool,)> =
        sql("SELECT address_proven FROM user_account WHERE id = $1").bind(user_id).fetch_optional(on).await?;
    Ok(found.is_some_and(|(proven,)| proven))
}

pub async fn put_address_proven(tx: &mut Tx, user_id: i64, proven: bool) -> Result<(), sqlx::Error> {
    sql("UPDATE user_account SET address_proven = $2 WHERE id = $1")
        .bind(user_id)
        .bind(proven)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn find_user_by_email(on: impl Into<On<'_>>, email: &str) -> Result<Option<User>, sqlx::Error> {
    sql("SELECT id, email, first_name, last_name, password, password_encrypted, language, time_zone
         FROM user_account WHERE email = $1")
    .bind(email)
    .fetch_optional(on)
    .await
}

pub async fn find_user(on: impl Into<On<'_>>, id: i64) -> Result<Option<User>, sqlx::Error> {
    sql("SELECT id, email, first_name, last_name, password, password_encrypted, language, time_zone
         FROM user_account WHERE id = $1")
    .bind(id)
    .fetch_optional(on)
    .await
}

/// When the person last used the server; `None`: never.
pub async fn find_last_access(on: impl Into<On<'_>>, id: i64) -> Result<Option<Time>, sqlx::Error> {
    let found: Option<(Option<Time>,)> =
        sql("SELECT last_access_at FROM user_account WHERE id = $1").bind(id).fetch_optional(on).await?;
    Ok(found.and_then(|(at,)| at))
}

/// Changes to a user. `None` keeps a value; `""` clears language or time zone.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub language: Option<String>,
    pub time_zone: Option<String>,
}

pub async fn update_user(tx: &mut Tx, user_id: i64, patch: UserPatch) -> Result<(), sqlx::Error> {
    let names: Option<(String, String)> = sql(
        "UPDATE user_account SET first_name = COALESCE($2, first_name), last_name = COALESCE($3, last_name),
             language = NULLIF(COALESCE($4, language), ''), time_zone = NULLIF(COALESCE($5, time_zone), '')
         WHERE id = $1 RETURNING first_name, last_name",
    )
    .bind(user_id)
    .bind(patch.first_name)
    .bind(patch.last_name)
    .bind(patch.language)
    .bind(patch.time_zone)
    .fetch_optional(&mut *tx)
    .await?;
    let Some((first_name, last_name)) = names else { return Ok(()) };
    update_names(tx, user_id, &first_name, &last_name).await
}

/// Stores a new password if the stored one is still `before` (in stored form). Returns whether it was. The row stays
/// locked until the transaction ends.
pub async fn replace_password(
    tx: &mut Tx,
    user_id: i64,
    before: &str,
    hash: &str,
) -> Result<bool, sqlx::Error> {
    let rows = sql(
        "UPDATE user_account SET password = $3, password_encrypted = TRUE WHERE id = $1 AND password = $2",
    )
    .bind(user_id)
    .bind(before)
    .bind(hash)
    .execute(tx)
    .await?;
    Ok(rows == 1)
}

pub async fn update_password(tx: &mut Tx, user_id: i64, hash: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE user_account SET password = $2, password_encrypted = TRUE WHERE id = $1")
        .bind(user_id)
        .bind(hash)
        .execute(tx)
        .await
        .map(drop)
}

/// Stores the time of a sign-in if the stored password is still `password` (in stored form). Returns whether it was.
/// The row stays locked until the transaction ends.
pub async fn update_last_sign_in(
    tx: &mut Tx,
    user_id: i64,
    password: &str,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let rows = sql("UPDATE user_account SET last_sign_in_at = $3, last_access_at = $3
         WHERE id = $1 AND password = $2")
    .bind(user_id)
    .bind(password)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    copy_to_members(tx, user_id).await?;
    Ok(rows == 1)
}

pub async fn update_last_access(tx: &mut Tx, user_id: i64, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE user_account SET last_access_at = $2 WHERE id = $1")
        .bind(user_id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    copy_to_members(tx, user_id).await
}

/// Copies the columns by which lists of members are sorted to `member`, so that each order has an index.
pub(crate) async fn copy_to_members(tx: &mut Tx, user_id: i64) -> Result<(), sqlx::Error> {
    sql("UPDATE member SET folded_name = COALESCE(u.folded_name, ''), folded_email = COALESCE(u.folded_email, ''),
             last_access_at = COALESCE(u.last_access_at, member.last_access_at)
         FROM user_account u WHERE u.id = $1 AND member.user_id = $1")
    .bind(user_id)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn update_names(
    tx: &mut Tx,
    user_id: i64,
    first_name: &str,
    last_name: &str,
) -> Result<(), sqlx::Error> {
    sql("UPDATE user_account SET first_name = $2, last_name = $3, folded_name = $4 WHERE id = $1")
        .bind(user_id)
        .bind(first_name)
        .bind(last_name)
        .bind(folded_name(first_name, last_name))
        .execute(&mut *tx)
        .await?;
    copy_to_removed_members(tx, user_id).await?;
    copy_to_members(tx, user_id).await
}

/// As [`copy_to_members`], for `removed_member`.
pub(crate) async fn copy_to_removed_members(tx: &mut Tx, user_id: i64) -> Result<(), sqlx::Error> {
    sql("UPDATE removed_member
         SET folded_name = COALESCE(u.folded_name, ''), folded_email = COALESCE(u.folded_email, '')
         FROM user_account u WHERE u.id = $1 AND removed_member.user_id = $1")
    .bind(user_id)
    .execute(tx)
    .await
    .map(drop)
}
