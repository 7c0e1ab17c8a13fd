//! Seats that became free because the time of their leases was over, by the clock of then. A clock that was ahead frees
//! them too early; they count again when it comes back.

use super::held::Freed;
use crate::scope::ACCOUNT;
use crate::{Time, Tx, sql};

/// The seat of a session became free at `now`, when everything signed for it had ended at `signed_until`.
pub async fn mark_freed_by_time(tx: &mut Tx, session_id: i64, signed_until: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE license_session SET freed_by_time = TRUE, signed_until = $2 WHERE id = $1")
        .bind(session_id)
        .bind(signed_until)
        .execute(tx)
        .await
        .map(drop)
}

/// Notes that seats became free by this time.
pub async fn put_freed_until(tx: &mut Tx, until: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE license_lock SET freed_until = $1 WHERE id = 1").bind(until).execute(tx).await.map(drop)
}

/// Counts the seats again whose leases verify at `now` although time had freed them. Returns one entry for each.
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

/// Before an organization is deleted: what time freed there after `since` is kept by the account.
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

/// Rows that nothing needs any more.
pub async fn delete_old_freed_seats(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_held_seat WHERE id IN
         (SELECT id FROM license_held_seat WHERE freed_by_time AND expires_at < $1 ORDER BY expires_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
