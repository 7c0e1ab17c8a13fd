//! `license_hour` and what sessions add up to: how much of the licenses is used.

use crate::db::On;
use crate::list::List;
use crate::{Time, Tx, sql};

/// Raises the hour's peak. `organization_id` 0: the whole installation.
pub async fn put_peak(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    hour: Time,
    in_use: i64,
) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_hour (organization_id, product, hour, peak) VALUES ($1, $2, $3, $4)
         ON CONFLICT (organization_id, product, hour) DO UPDATE
            SET peak = CASE WHEN excluded.peak > license_hour.peak THEN excluded.peak ELSE license_hour.peak END")
    .bind(organization_id)
    .bind(product)
    .bind(hour)
    .bind(in_use)
    .execute(tx)
    .await
    .map(drop)
}

/// What is in use as an hour begins, where nothing of it is known yet.
pub async fn begin_hour(tx: &mut Tx, hour: Time) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_hour (organization_id, product, hour, peak)
         SELECT organization_id, product, $1, in_use FROM license_count WHERE in_use > 0
         ON CONFLICT (organization_id, product, hour) DO NOTHING")
    .bind(hour)
    .execute(tx)
    .await?;
    sql("INSERT INTO license_hour (organization_id, product, hour, peak)
         SELECT 0, product, $1, SUM(in_use) FROM license_count WHERE in_use > 0 GROUP BY product
         ON CONFLICT (organization_id, product, hour) DO NOTHING")
    .bind(hour)
    .execute(tx)
    .await
    .map(drop)
}

/// Hours with their peaks, oldest first.
pub async fn list_peaks(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    since: Time,
) -> Result<Vec<(Time, i64)>, sqlx::Error> {
    sql("SELECT hour, peak FROM license_hour
         WHERE organization_id = $1 AND product = $2 AND hour >= $3 ORDER BY hour")
    .bind(organization_id)
    .bind(product)
    .bind(since)
    .fetch_all(on)
    .await
}

pub async fn delete_old_hours(tx: &mut Tx, before: Time) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_hour WHERE hour < $1").bind(before).execute(tx).await
}

/// A session with the person it belongs to, for adding up.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct UsedSession {
    pub user_id: i64,
    pub email: String,
    pub machine_key: String,
    pub started_at: Time,
    /// `None`: it still runs.
    pub ended_at: Option<Time>,
    pub renewed_at: Time,
}

/// Sessions that overlap a period, by the id they come after.
pub async fn list_used_sessions(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    from: Time,
    to: Time,
    list: &List,
    limit: i64,
) -> Result<Vec<UsedSession>, sqlx::Error> {
    sql("SELECT s.user_id, u.email, s.machine_key, s.started_at, s.ended_at, s.renewed_at
         FROM license_session s JOIN user_account u ON u.id = s.user_id
         WHERE s.organization_id = $1 AND s.product = $2 AND s.started_at < $4
           AND (s.ended_at IS NULL OR s.ended_at > $3)
           AND ($5 = '%' OR u.email LIKE $5 ESCAPE '!')
         ORDER BY s.id DESC LIMIT $6")
    .bind(organization_id)
    .bind(product)
    .bind(from)
    .bind(to)
    .bind(list.pattern())
    .bind(limit)
    .planned_for_values()
    .fetch_all(on)
    .await
}

/// How often each person found no seat in a period.
pub async fn list_denials_by_user(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    from: Time,
    to: Time,
    list: &List,
) -> Result<Vec<(i64, String, i64)>, sqlx::Error> {
    sql("SELECT d.user_id, u.email, COUNT(*) FROM license_denial d JOIN user_account u ON u.id = d.user_id
         WHERE d.organization_id = $1 AND d.product = $2 AND d.first_at >= $3 AND d.first_at < $4
           AND ($5 = '%' OR u.email LIKE $5 ESCAPE '!')
         GROUP BY d.user_id, u.email")
    .bind(organization_id)
    .bind(product)
    .bind(from)
    .bind(to)
    .bind(list.pattern())
    .planned_for_values()
    .fetch_all(on)
    .await
}
