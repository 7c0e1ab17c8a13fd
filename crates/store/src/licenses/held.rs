//! `license_held_seat`: seats that still count after their license session ended, because its signed lease still
//! verifies.

use super::BATCH_MAX;
use crate::on::On;
use crate::{Time, Tx, sql};

/// Holds the seats of at most [`BATCH_MAX`] sessions that have just ended, each until its lease ends.
pub async fn create_held_seats(tx: &mut Tx, session_ids: &[i64], now: Time) -> Result<(), sqlx::Error> {
    let mut query = sql("INSERT INTO license_held_seat
            (organization_id, product, user_id, team_id, machine_key, hostname, ended_at, end_reason, expires_at)
         SELECT organization_id, product, user_id, team_id, machine_key, hostname, $1,
            COALESCE(end_reason, 'released'), COALESCE(signed_until, expires_at)
         FROM license_session WHERE id IN ($2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(now);
    for place in 0..BATCH_MAX {
        query = query.bind(session_ids.get(place).copied().unwrap_or(0));
    }
    query.execute(tx).await.map(drop)
}

/// A seat that was freed: organization, product, team.
pub type Freed = (i64, String, Option<i64>);

/// Frees the seats whose leases have ended. The rows stay, because [`super::freed`] needs them.
pub async fn end_held_seats(tx: &mut Tx, now: Time) -> Result<Vec<Freed>, sqlx::Error> {
    sql("UPDATE license_held_seat SET freed_by_time = TRUE WHERE NOT freed_by_time AND expires_at <= $1
         RETURNING organization_id, product, team_id")
    .bind(now)
    .fetch_all(tx)
    .await
}

/// A held seat of one person on one machine.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OwnHeldSeat {
    pub id: i64,
    pub team_id: Option<i64>,
    pub hostname: String,
    pub expires_at: Time,
}

/// The person's held seats on a machine, the one that is held longest first.
pub async fn list_own_held_seats(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    user_id: i64,
    machine_key: &str,
) -> Result<Vec<OwnHeldSeat>, sqlx::Error> {
    sql("SELECT id, team_id, hostname, expires_at FROM license_held_seat
         WHERE user_id = $3 AND product = $2 AND organization_id = $1 AND machine_key = $4
         ORDER BY expires_at DESC, id LIMIT 100")
    .bind(organization_id)
    .bind(product)
    .bind(user_id)
    .bind(machine_key)
    .fetch_all(on)
    .await
}

/// Ends the holding of a seat because a new session of its person takes the seat.
pub async fn delete_held_seat(tx: &mut Tx, id: i64) -> Result<(), sqlx::Error> {
    sql("DELETE FROM license_held_seat WHERE id = $1").bind(id).execute(tx).await.map(drop)
}

/// How many seats are held, and when the first and the last of them become free.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HeldCount {
    pub count: i64,
    pub first_end: Option<Time>,
    pub last_end: Option<Time>,
}

/// `None`: all organizations, all products.
pub async fn count_held_seats(
    on: impl Into<On<'_>>,
    organization_id: Option<i64>,
    product: Option<&str>,
    now: Time,
) -> Result<HeldCount, sqlx::Error> {
    sql("SELECT COUNT(*) AS count, MIN(expires_at) AS first_end, MAX(expires_at) AS last_end FROM license_held_seat
         WHERE expires_at > $3 AND (CAST($1 AS BIGINT) IS NULL OR organization_id = $1)
           AND (CAST($2 AS TEXT) IS NULL OR product = $2)")
    .bind(organization_id)
    .bind(product.map(str::to_owned))
    .bind(now)
    .fetch_one(on)
    .await
}
