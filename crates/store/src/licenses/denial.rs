//! `license_denial`: requests for a seat that were refused.

use super::session::SessionKey;
use crate::on::On;
use crate::{Time, Tx, sql};

/// Counts one more attempt in the row of the same person and machine, if its last attempt is after `since`. `false`:
/// there is no such row.
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

/// Stores the first refusal of a person on a machine. `of_pool`: the pool had too few seats. Then the row also stores
/// how many seats the pool lacked since `since`: one for each refusal, this one included.
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

/// Pairs of (seats that the pool lacked, number of refusals). 0 seats: the pool was not the reason.
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

/// How many requests of an organization were refused in each hour, oldest first.
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
