//! `license_denial`: who asked for a seat and found none.

use super::session::SessionKey;
use crate::db::On;
use crate::{Time, Tx, sql};

/// Counts another attempt of the same asker since `since`; `false`: there was none.
pub async fn add_attempt(
    tx: &mut Tx,
    key: SessionKey<'_>,
    since: Time,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let rows = sql("UPDATE license_denial SET attempts = attempts + 1, last_at = $6
         WHERE organization_id = $2 AND product = $3 AND user_id = $1 AND machine_key = $4 AND last_at > $5")
    .bind(key.user_id)
    .bind(key.organization_id)
    .bind(key.product)
    .bind(key.machine_key)
    .bind(since)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(rows > 0)
}

/// A new asker without a seat; how many there are with it since `since` is kept beside it.
pub async fn create_denial(
    tx: &mut Tx,
    key: SessionKey<'_>,
    since: Time,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_denial
            (user_id, organization_id, product, machine_key, first_at, last_at, attempts, short_by)
         VALUES ($1, $2, $3, $4, $6, $6, 1,
            1 + (SELECT COUNT(*) FROM license_denial WHERE product = $3 AND last_at > $5))")
    .bind(key.user_id)
    .bind(key.organization_id)
    .bind(key.product)
    .bind(key.machine_key)
    .bind(since)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// How many askers of an organization were short by how many seats.
pub async fn list_shortages(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    since: Time,
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sql("SELECT short_by, COUNT(*) FROM license_denial
         WHERE organization_id = $1 AND product = $2 AND last_at > $3 GROUP BY short_by ORDER BY short_by")
    .bind(organization_id)
    .bind(product)
    .bind(since)
    .fetch_all(on)
    .await
}

/// When askers of an organization found no seat, oldest first.
pub async fn list_denial_times(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    since: Time,
    limit: i64,
) -> Result<Vec<(Time,)>, sqlx::Error> {
    sql("SELECT first_at FROM license_denial
         WHERE organization_id = $1 AND product = $2 AND first_at > $3 ORDER BY first_at LIMIT $4")
    .bind(organization_id)
    .bind(product)
    .bind(since)
    .bind(limit)
    .fetch_all(on)
    .await
}

pub async fn delete_old_denials(tx: &mut Tx, before: Time) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_denial WHERE last_at < $1").bind(before).execute(tx).await
}
