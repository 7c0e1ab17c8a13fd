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

/// A new asker without a seat. `of_pool`: more seats of the pool would have served it; how many askers lacked one since
/// `since` is kept beside it.
pub async fn create_denial(
    tx: &mut Tx,
    key: SessionKey<'_>,
    of_pool: bool,
    since: Time,
    now: Time,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_denial
            (user_id, organization_id, product, machine_key, first_at, last_at, attempts, short_by)
         VALUES ($1, $2, $3, $4, $6, $6, 1,
            CASE WHEN $7 THEN 1 + (SELECT COUNT(*) FROM license_denial
                                   WHERE product = $3 AND last_at > $5 AND short_by > 0) ELSE 0 END)")
    .bind(key.user_id)
    .bind(key.organization_id)
    .bind(key.product)
    .bind(key.machine_key)
    .bind(since)
    .bind(now)
    .bind(of_pool)
    .execute(tx)
    .await
    .map(drop)
}

/// How many askers of an organization were short by how many seats of the pool; 0: it was not the pool that was short.
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

/// How often people of an organization found no seat, by the hour, oldest first.
pub async fn count_denials_by_hour(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    since: Time,
) -> Result<Vec<(Time, i64)>, sqlx::Error> {
    sql("SELECT strftime('%Y-%m-%dT%H:00:00+00:00', first_at) AS hour, COUNT(*) FROM license_denial
         WHERE organization_id = $1 AND product = $2 AND first_at > $3 GROUP BY 1 ORDER BY 1")
    .on_postgres(
        "SELECT date_trunc('hour', first_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS hour, COUNT(*)
         FROM license_denial
         WHERE organization_id = $1 AND product = $2 AND first_at > $3 GROUP BY 1 ORDER BY 1",
    )
    .bind(organization_id)
    .bind(product)
    .bind(since)
    .fetch_all(on)
    .await
}

pub async fn delete_old_denials(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_denial WHERE id IN
         (SELECT id FROM license_denial WHERE last_at < $1 ORDER BY last_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
