//! Usage of licenses: peaks per hour (`license_hour`), and sums over sessions and refusals.

use crate::list::List;
use crate::on::On;
use crate::{Time, Tx, sql};

/// Raises the peak of an hour to `in_use`, if it is lower. `organization_id` 0: the whole installation.
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

/// Stores the seats in use as the first peak of an hour, for each organization and product without a peak in it. After
/// an hour of use, one without any use is stored as 0: an hour without a row had as many seats in use as the one before.
pub async fn begin_hour(tx: &mut Tx, hour: Time) -> Result<(), sqlx::Error> {
    sql("INSERT INTO license_hour (organization_id, product, hour, peak)
         SELECT c.organization_id, c.product, $1, c.in_use FROM license_count c
         WHERE c.in_use > 0
            OR (SELECT h.peak FROM license_hour h
                WHERE h.organization_id = c.organization_id AND h.product = c.product AND h.hour < $1
                ORDER BY h.hour DESC LIMIT 1) > 0
         ON CONFLICT (organization_id, product, hour) DO NOTHING")
    .bind(hour)
    .execute(tx)
    .await?;
    sql("INSERT INTO license_hour (organization_id, product, hour, peak)
         SELECT 0, c.product, $1, c.in_use
         FROM (SELECT product, CAST(SUM(in_use) AS BIGINT) AS in_use FROM license_count GROUP BY product) c
         WHERE c.in_use > 0
            OR (SELECT h.peak FROM license_hour h
                WHERE h.organization_id = 0 AND h.product = c.product AND h.hour < $1
                ORDER BY h.hour DESC LIMIT 1) > 0
         ON CONFLICT (organization_id, product, hour) DO NOTHING")
    .bind(hour)
    .execute(tx)
    .await
    .map(drop)
}

/// Hours with their peaks, oldest first, with the last one before the period: it holds until the first one in it.
pub async fn list_peaks(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    since: Time,
) -> Result<Vec<(Time, i64)>, sqlx::Error> {
    sql("SELECT hour, peak FROM license_hour
         WHERE organization_id = $1 AND product = $2
           AND hour >= COALESCE((SELECT MAX(hour) FROM license_hour
                                 WHERE organization_id = $1 AND product = $2 AND hour <= $3), $3)
         ORDER BY hour")
    .bind(organization_id)
    .bind(product)
    .bind(since)
    .fetch_all(on)
    .await
}

pub async fn delete_old_hours(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_hour WHERE (organization_id, product, hour) IN
         (SELECT organization_id, product, hour FROM license_hour WHERE hour < $1 ORDER BY hour LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}

/// One person's usage within a period.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Utilization {
    pub user_id: i64,
    pub email: String,
    pub sessions: i64,
    /// Sum over all sessions, within the period.
    pub hours: f64,
    pub machines: i64,
    /// How many times a seat was refused.
    pub denied: i64,
    pub last_used_at: Option<Time>,
}

/// Selects an organization, a product and a period.
#[derive(Clone, Copy, Debug)]
pub struct Period<'a> {
    pub organization_id: i64,
    pub product: &'a str,
    pub from: Time,
    pub to: Time,
    /// The earlier of `to` and now. A live session counts until this time.
    pub until: Time,
}

/// People with a session that overlaps the period, or with a refusal in it. Sorts by `hours`, `email`, `sessions`,
/// `machines`, `denied` or `last_used_at`.
pub async fn list_utilization(
    on: impl Into<On<'_>>,
    period: Period<'_>,
    list: &List,
) -> Result<Vec<Utilization>, sqlx::Error> {
    sql("SELECT x.user_id, u.email, x.sessions, x.hours, x.machines, x.denied, x.last_used_at
         FROM (SELECT user_id, CAST(SUM(sessions) AS BIGINT) AS sessions, SUM(seconds) / 3600.0 AS hours,
                      CAST(SUM(machines) AS BIGINT) AS machines, CAST(SUM(denied) AS BIGINT) AS denied,
                      MAX(last_used_at) AS last_used_at
               FROM (SELECT s.user_id, COUNT(*) AS sessions,
                            SUM(MAX(0.0, unixepoch(MIN(COALESCE(s.ended_at, $5), $5), 'subsec')
                                         - unixepoch(MAX(s.started_at, $3), 'subsec'))) AS seconds,
                            COUNT(DISTINCT s.machine_key) AS machines, 0 AS denied,
                            MAX(COALESCE(s.ended_at, s.renewed_at)) AS last_used_at
                     FROM license_session s
                     WHERE s.organization_id = $1 AND s.product = $2 AND s.started_at < $4
                       AND (s.ended_at IS NULL OR s.ended_at > $3)
                     GROUP BY s.user_id
                     UNION ALL
                     SELECT d.user_id, 0, 0.0, 0, COUNT(*), NULL FROM license_denial d
                     WHERE d.organization_id = $1 AND d.product = $2 AND d.first_at >= $3 AND d.first_at < $4
                     GROUP BY d.user_id) used
               GROUP BY user_id) x
         JOIN user_account u ON u.id = x.user_id
         WHERE $6 = '%' OR u.folded_email LIKE $6 ESCAPE '!'
         ORDER BY
           CASE WHEN NOT $8 THEN CASE $7 WHEN 'hours' THEN x.hours WHEN 'sessions' THEN x.sessions
                WHEN 'machines' THEN x.machines WHEN 'denied' THEN x.denied END END ASC,
           CASE WHEN $8 THEN CASE $7 WHEN 'hours' THEN x.hours WHEN 'sessions' THEN x.sessions
                WHEN 'machines' THEN x.machines WHEN 'denied' THEN x.denied END END DESC,
           CASE WHEN NOT $8 AND $7 = 'last_used_at' THEN x.last_used_at END ASC NULLS FIRST,
           CASE WHEN $8 AND $7 = 'last_used_at' THEN x.last_used_at END DESC NULLS LAST,
           CASE WHEN $8 AND $7 = 'email' THEN u.folded_email END DESC,
           u.folded_email ASC
         LIMIT $9 OFFSET $10")
    .on_postgres(
        "SELECT x.user_id, u.email, x.sessions, x.hours, x.machines, x.denied, x.last_used_at
         FROM (SELECT user_id, CAST(SUM(sessions) AS BIGINT) AS sessions, SUM(seconds) / 3600.0 AS hours,
                      CAST(SUM(machines) AS BIGINT) AS machines, CAST(SUM(denied) AS BIGINT) AS denied,
                      MAX(last_used_at) AS last_used_at
               FROM (SELECT s.user_id, COUNT(*) AS sessions,
                            SUM(GREATEST(0.0, EXTRACT(EPOCH FROM
                                LEAST(COALESCE(s.ended_at, $5), $5) - GREATEST(s.started_at, $3))))
                                ::double precision AS seconds,
                            COUNT(DISTINCT s.machine_key) AS machines, 0 AS denied,
                            MAX(COALESCE(s.ended_at, s.renewed_at)) AS last_used_at
                     FROM license_session s
                     WHERE s.organization_id = $1 AND s.product = $2 AND s.started_at < $4
                       AND (s.ended_at IS NULL OR s.ended_at > $3)
                     GROUP BY s.user_id
                     UNION ALL
                     SELECT d.user_id, 0, 0.0, 0, COUNT(*), NULL FROM license_denial d
                     WHERE d.organization_id = $1 AND d.product = $2 AND d.first_at >= $3 AND d.first_at < $4
                     GROUP BY d.user_id) used
               GROUP BY user_id) x
         JOIN user_account u ON u.id = x.user_id
         WHERE $6 = '%' OR u.folded_email LIKE $6 ESCAPE '!'
         ORDER BY
           CASE WHEN NOT $8 THEN CASE $7 WHEN 'hours' THEN x.hours WHEN 'sessions' THEN x.sessions
                WHEN 'machines' THEN x.machines WHEN 'denied' THEN x.denied END END ASC,
           CASE WHEN $8 THEN CASE $7 WHEN 'hours' THEN x.hours WHEN 'sessions' THEN x.sessions
                WHEN 'machines' THEN x.machines WHEN 'denied' THEN x.denied END END DESC,
           CASE WHEN NOT $8 AND $7 = 'last_used_at' THEN x.last_used_at END ASC NULLS FIRST,
           CASE WHEN $8 AND $7 = 'last_used_at' THEN x.last_used_at END DESC NULLS LAST,
           CASE WHEN $8 AND $7 = 'email' THEN u.folded_email END DESC,
           u.folded_email ASC
         LIMIT $9 OFFSET $10",
    )
    .bind(period.organization_id)
    .bind(period.product)
    .bind(period.from)
    .bind(period.to)
    .bind(period.until)
    .bind_list(list)
    .planned_for_values()
    .fetch_all(on)
    .await
}

/// Counts the people that [`list_utilization`] lists.
pub async fn count_utilization(
    on: impl Into<On<'_>>,
    period: Period<'_>,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*)
         FROM (SELECT s.user_id FROM license_session s
               WHERE s.organization_id = $1 AND s.product = $2 AND s.started_at < $4
                 AND (s.ended_at IS NULL OR s.ended_at > $3)
               UNION
               SELECT d.user_id FROM license_denial d
               WHERE d.organization_id = $1 AND d.product = $2 AND d.first_at >= $3 AND d.first_at < $4) x
         JOIN user_account u ON u.id = x.user_id
         WHERE $5 = '%' OR u.folded_email LIKE $5 ESCAPE '!'")
    .bind(period.organization_id)
    .bind(period.product)
    .bind(period.from)
    .bind(period.to)
    .bind(list.pattern())
    .planned_for_values()
    .fetch_one(on)
    .await?;
    Ok(count)
}
