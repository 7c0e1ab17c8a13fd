//! `session`: sign-in sessions of people and of programs. The table holds SHA-256 hashes of the tokens only.

use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionUser {
    pub session_id: i64,
    pub last_used_at: Time,
    pub user_id: i64,
    pub email: String,
    pub token_hash: Vec<u8>,
}

/// A sign-in session as its person sees it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    pub id: i64,
    pub created_at: Time,
    pub last_used_at: Time,
    pub expires_at: Time,
    pub address: String,
    pub user_agent: String,
}

pub struct NewSession<'a> {
    pub token_hash: &'a [u8],
    pub user_id: i64,
    pub expires_at: Time,
    pub address: &'a str,
    pub user_agent: &'a str,
}

pub async fn create_session(tx: &mut Tx, session: NewSession<'_>, now: Time) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) = sql(
        "INSERT INTO session (token_hash, user_id, created_at, last_used_at, expires_at, address, user_agent)
         VALUES ($1, $2, $3, $3, $4, $5, $6) RETURNING id",
    )
    .bind(session.token_hash)
    .bind(session.user_id)
    .bind(now)
    .bind(session.expires_at)
    .bind(session.address)
    .bind(session.user_agent)
    .fetch_one(tx)
    .await?;
    Ok(id)
}

/// Selects the session of a program to renew, and its new times.
#[derive(Clone, Copy, Debug)]
pub struct RenewedSession<'a> {
    pub user_id: i64,
    pub address: &'a str,
    pub user_agent: &'a str,
    pub created_since: Time,
    pub expires_at: Time,
}

/// Renews the session of a person's program at this network address; returns its id and token hash. `None`: it has no
/// valid session.
pub async fn renew_session_of_program(
    tx: &mut Tx,
    session: RenewedSession<'_>,
    now: Time,
) -> Result<Option<(i64, Vec<u8>)>, sqlx::Error> {
    sql("UPDATE session SET last_used_at = $4, expires_at = $6
         WHERE user_id = $1 AND address = $2 AND user_agent = $3 AND expires_at > $4 AND created_at > $5
         RETURNING id, token_hash")
    .bind(session.user_id)
    .bind(session.address)
    .bind(session.user_agent)
    .bind(now)
    .bind(session.created_since)
    .bind(session.expires_at)
    .fetch_optional(tx)
    .await
}

/// Renews a session. `false`: it has ended, or it began before `created_since`.
pub async fn renew_session(
    tx: &mut Tx,
    id: i64,
    created_since: Time,
    expires_at: Time,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let rows = sql("UPDATE session SET last_used_at = $2, expires_at = $4
         WHERE id = $1 AND expires_at > $2 AND created_at > $3")
    .bind(id)
    .bind(now)
    .bind(created_since)
    .bind(expires_at)
    .execute(tx)
    .await?;
    Ok(rows == 1)
}

/// Finds a valid session by its token. `None`: there is none, it is past `expires_at` or unused since `idle_since`, or
/// its person is no longer in the account or may no longer sign in with a password.
pub async fn find_session(
    on: impl Into<On<'_>>,
    token_hash: &[u8],
    now: Time,
    idle_since: Time,
) -> Result<Option<SessionUser>, sqlx::Error> {
    sql("SELECT s.id AS session_id, s.last_used_at, u.id AS user_id, u.email, s.token_hash
         FROM session s JOIN user_account u ON u.id = s.user_id
         JOIN member m ON m.scope_id = 1 AND m.user_id = u.id AND m.password_sign_in
         WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_used_at > $3")
    .bind(token_hash)
    .bind(now)
    .bind(idle_since)
    .fetch_optional(on)
    .await
}

/// As [`find_session`], by its id.
pub async fn find_session_by_id(
    on: impl Into<On<'_>>,
    id: i64,
    now: Time,
    idle_since: Time,
) -> Result<Option<SessionUser>, sqlx::Error> {
    sql("SELECT s.id AS session_id, s.last_used_at, u.id AS user_id, u.email, s.token_hash
         FROM session s JOIN user_account u ON u.id = s.user_id
         JOIN member m ON m.scope_id = 1 AND m.user_id = u.id AND m.password_sign_in
         WHERE s.id = $1 AND s.expires_at > $2 AND s.last_used_at > $3")
    .bind(id)
    .bind(now)
    .bind(idle_since)
    .fetch_optional(on)
    .await
}

/// When the session began.
pub async fn find_session_start(on: impl Into<On<'_>>, id: i64) -> Result<Option<Time>, sqlx::Error> {
    let row: Option<(Time,)> =
        sql("SELECT created_at FROM session WHERE id = $1").bind(id).fetch_optional(on).await?;
    Ok(row.map(|(created_at,)| created_at))
}

/// The person's valid sessions, last used first.
pub async fn list_sessions(
    on: impl Into<On<'_>>,
    user_id: i64,
    now: Time,
    idle_since: Time,
) -> Result<Vec<Session>, sqlx::Error> {
    sql("SELECT id, created_at, last_used_at, expires_at, address, user_agent FROM session
         WHERE user_id = $1 AND expires_at > $2 AND last_used_at > $3 ORDER BY last_used_at DESC, id DESC")
    .bind(user_id)
    .bind(now)
    .bind(idle_since)
    .fetch_all(on)
    .await
}

pub async fn update_session_used(tx: &mut Tx, session_id: i64, now: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE session SET last_used_at = $2 WHERE id = $1")
        .bind(session_id)
        .bind(now)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn delete_session(tx: &mut Tx, session_id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM session WHERE id = $1").bind(session_id).execute(tx).await.map(drop)
}

/// The person of a deleted session.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EndedSession {
    pub user_id: i64,
    pub email: String,
}

/// Deletes a session. Returns its person; `None`: there was no such session.
pub async fn delete_session_by_token(
    tx: &mut Tx,
    token_hash: &[u8],
) -> Result<Option<EndedSession>, sqlx::Error> {
    sql("DELETE FROM session WHERE token_hash = $1
         RETURNING user_id, (SELECT u.email FROM user_account u WHERE u.id = session.user_id) AS email")
    .bind(token_hash)
    .fetch_optional(tx)
    .await
}

/// Deletes a session of this person and returns it. `None`: this person has no such session.
pub async fn delete_session_of_user(
    tx: &mut Tx,
    user_id: i64,
    id: i64,
) -> Result<Option<Session>, sqlx::Error> {
    sql("DELETE FROM session WHERE user_id = $1 AND id = $2
         RETURNING id, created_at, last_used_at, expires_at, address, user_agent")
    .bind(user_id)
    .bind(id)
    .fetch_optional(tx)
    .await
}

/// Deletes the person's sessions except `kept`; returns how many there were.
pub async fn delete_other_sessions(tx: &mut Tx, user_id: i64, kept: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM session WHERE user_id = $1 AND id <> $2").bind(user_id).bind(kept).execute(tx).await
}

pub async fn delete_sessions_of_user(tx: &mut Tx, user_id: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM session WHERE user_id = $1").bind(user_id).execute(tx).await
}

/// Deletes all sessions of these people.
pub async fn delete_sessions_of_users(tx: &mut Tx, user_ids: &[i64]) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM session WHERE user_id IN (SELECT value ->> 0 FROM json_each($1))")
        .on_postgres(
            "DELETE FROM session
             WHERE user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))",
        )
        .bind(Rows::of(user_ids.iter().copied()).to_json())
        .execute(tx)
        .await
}

/// Deletes those of the sessions that belong to the person.
pub async fn delete_own_sessions(
    tx: &mut Tx,
    user_id: i64,
    ids: &[i64],
) -> Result<Vec<Session>, sqlx::Error> {
    sql("DELETE FROM session WHERE user_id = $2 AND id IN (SELECT value ->> 0 FROM json_each($1))
         RETURNING id, created_at, last_used_at, expires_at, address, user_agent")
    .on_postgres(
        "DELETE FROM session WHERE user_id = $2
           AND id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value))
         RETURNING id, created_at, last_used_at, expires_at, address, user_agent",
    )
    .bind(Rows::of(ids.iter().copied()).to_json())
    .bind(user_id)
    .fetch_all(tx)
    .await
}

pub async fn delete_expired_sessions(tx: &mut Tx, now: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM session WHERE id IN
         (SELECT id FROM session WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)")
    .bind(now)
    .bind(limit)
    .execute(tx)
    .await
}

pub async fn delete_idle_sessions(tx: &mut Tx, idle_since: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM session WHERE id IN
         (SELECT id FROM session WHERE last_used_at <= $1 ORDER BY last_used_at LIMIT $2)")
    .bind(idle_since)
    .bind(limit)
    .execute(tx)
    .await
}
