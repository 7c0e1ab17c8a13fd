//! `license_waiter`: the queue of sessions that wait for a seat.

use super::session::SessionKey;
use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Waiter {
    pub id: i64,
    pub organization_id: i64,
    pub product: String,
    pub user_id: i64,
    pub machine_key: String,
    pub session_key: String,
}

/// Deletes waiters that have not polled since `polled_before`; returns how many there were.
pub async fn delete_gone_waiters(tx: &mut Tx, polled_before: Time) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_waiter WHERE polled_at < $1").bind(polled_before).execute(tx).await
}

/// At most `limit` waiters of a product, in the order of the queue.
pub async fn list_waiters(
    on: impl Into<On<'_>>,
    product: &str,
    limit: i64,
) -> Result<Vec<Waiter>, sqlx::Error> {
    sql("SELECT id, organization_id, product, user_id, machine_key, session_key FROM license_waiter
         WHERE product = $1 ORDER BY id LIMIT $2")
    .bind(product)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Adds a session at the end of the queue. A session that is queued keeps its position; only its polling time changes.
pub async fn put_waiter(
    tx: &mut Tx,
    key: SessionKey<'_>,
    hostname: &str,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_waiter
            (user_id, organization_id, product, machine_key, session_key, queued_at, polled_at, hostname)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
         ON CONFLICT (user_id, organization_id, product, machine_key, session_key)
            DO UPDATE SET polled_at = excluded.polled_at")
    .bind(key.user_id)
    .bind(key.organization_id)
    .bind(key.product)
    .bind(key.machine_key)
    .bind(key.session_key)
    .bind(now)
    .bind(hostname)
    .execute(tx)
    .await
    .map(drop)
}

pub async fn delete_waiter(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM license_waiter WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// Deletes the waiter with this session key.
pub async fn delete_waiter_by_key(
    tx: &mut Tx,
    user_id: i64,
    machine_key: &str,
    session_key: &str,
) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_waiter WHERE user_id = $1 AND machine_key = $2 AND session_key = $3")
        .bind(user_id)
        .bind(machine_key)
        .bind(session_key)
        .execute(tx)
        .await
}

pub async fn delete_waiters_of_users(
    tx: &mut Tx,
    organization_id: i64,
    user_ids: &[i64],
) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_waiter
         WHERE organization_id = $1 AND user_id IN (SELECT value ->> 0 FROM json_each($2))")
    .on_postgres(
        "DELETE FROM license_waiter WHERE organization_id = $1
           AND user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value))",
    )
    .bind(organization_id)
    .bind(Rows::of(user_ids.iter().copied()).to_json())
    .execute(tx)
    .await
}

/// How many sessions of an organization wait.
pub async fn count_waiters(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    polled_since: Time,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM license_waiter
         WHERE organization_id = $1 AND product = $2 AND polled_at >= $3")
    .bind(organization_id)
    .bind(product)
    .bind(polled_since)
    .fetch_one(on)
    .await?;
    Ok(count)
}
