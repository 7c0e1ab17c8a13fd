//! Seats that became free because their leases had ended by the server's clock.
//!
//! If the clock was ahead, such a seat became free too early. When the clock is right again, the lease still verifies,
//! and the seat must count again.

use super::held::Freed;
use crate::scopes::scope::ACCOUNT;
use crate::{Time, Tx, sql};

/// Notes that a session's seat became free because all leases signed for it had ended at `signed_until`.
pub async fn mark_freed_by_time(tx: &mut Tx, session_id: i64, signed_until: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE license_session SET freed_by_time = TRUE, signed_until = $2 WHERE id = $1")
        .bind(session_id)
        .bind(signed_until)
        .execute(tx)
        .await
        .map(drop)
}

/// Stores the latest time by which a seat became free because its lease had ended.
pub async fn put_freed_until(tx: &mut Tx, until: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE license_lock SET freed_until = $1 WHERE id = 1").bind(until).execute(tx).await.map(drop)
}

/// Counts seats again that became free by time although their leases still verify at `now`. Returns one entry for each
/// seat.
pub async fn hold_again(tx: &mut Tx, now: Time) -> Result<Vec<Freed>, sqlx::Error> {
    let mut again: Vec<Freed> = sql("UPDATE license_held_seat SET freed_by_time = FALSE
         WHERE freed_by_time AND expires_at > $1 RETURNING organization_id, product, team_id")
    .bind(now)
    .fetch_all(&mut *tx)
    .await?;
    let sessions: Vec<Freed> = sql("INSERT INTO license_held_seat
            (organization_id, product, user_id, team_id, machine_key, hostname, ended_at, end_reason, expires_at)
         SELECT organization_id, product, user_id, team_id, machine_key, hostname, $1,
            COALESCE(end_reason, 'missed'), signed_until
         FROM license_session WHERE freed_by_time AND signed_until > $1
         RETURNING organization_id, product, team_id")
    .bind(now)
    .fetch_all(&mut *tx)
    .await?;
    sql("UPDATE license_session SET freed_by_time = FALSE WHERE freed_by_time AND signed_until > $1")
        .bind(now)
        .execute(&mut *tx)
        .await?;
    let files: Vec<(i64, String)> = sql("UPDATE license_offline SET takes_seat = TRUE
         WHERE NOT takes_seat AND expires_at > $1 RETURNING organization_id, product")
    .bind(now)
    .fetch_all(&mut *tx)
    .await?;
    again.extend(sessions);
    again.extend(files.into_iter().map(|(organization_id, product)| (organization_id, product, None)));
    Ok(again)
}

/// Before an organization is deleted: moves its held seats to the account, and its seats freed by time after `since`.
pub async fn keep_for_account(tx: &mut Tx, organization_id: i64, since: Time) -> Result<(), sqlx::Error> {
    sql("DELETE FROM license_held_seat WHERE organization_id = $1 AND freed_by_time AND expires_at <= $2")
        .bind(organization_id)
        .bind(since)
        .execute(&mut *tx)
        .await?;
    sql("UPDATE license_held_seat SET organization_id = $2, team_id = NULL WHERE organization_id = $1")
        .bind(organization_id)
        .bind(ACCOUNT)
        .execute(&mut *tx)
        .await?;
    sql("INSERT INTO license_held_seat (organization_id, product, user_id, team_id, machine_key, hostname, ended_at,
            end_reason, expires_at, freed_by_time)
         SELECT CAST($3 AS BIGINT), product, user_id, CAST(NULL AS BIGINT), machine_key, hostname, signed_until, COALESCE(end_reason, 'missed'),
            signed_until, TRUE
         FROM license_session WHERE organization_id = $1 AND freed_by_time AND signed_until > $2
         UNION ALL
         SELECT CAST($3 AS BIGINT), product, 0, CAST(NULL AS BIGINT), machine_key, holder, expires_at, 'missed', expires_at, TRUE
         FROM license_offline WHERE organization_id = $1 AND NOT takes_seat AND expires_at > $2")
    .bind(organization_id)
    .bind(since)
    .bind(ACCOUNT)
    .execute(tx)
    .await
    .map(drop)
}

/// Deletes seats freed by time whose leases ended before `before`.
pub async fn delete_old_freed_seats(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_held_seat WHERE id IN
         (SELECT id FROM license_held_seat WHERE freed_by_time AND expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
