//! Corrects times that were written while the clock was ahead: each is set to the latest plausible value.
//!
//! Most rows stay, only their times change. Some rows with a future time are deleted: sign-in attempts and queue
//! entries, because they would only block a person, and notes that a license notice was sent. Must never change a time
//! that is plausible now.

use crate::{Time, Tx, sql};

/// The latest plausible value of each kind of time.
#[derive(Clone, Copy, Debug)]
pub struct LatestTimes {
    pub now: Time,
    /// For times of past actions. A little after `now`, because the clock of another server on the database may differ.
    pub written: Time,
    pub session_end: Time,
    pub job_run: Time,
    pub job_claim: Time,
    pub invitation_end: Time,
    pub password_reset_end: Time,
    pub upload_slot_end: Time,
    pub lease_end: Time,
    pub borrowed_end: Time,
    /// For the ends of signed leases: of live license sessions, and of seats whose session has ended.
    pub signed_end: Time,
    pub signed_borrowed_end: Time,
    pub held_end: Time,
}

/// Returns how many rows had a time too far in the future.
pub async fn cap_times(tx: &mut Tx, latest: &LatestTimes) -> Result<u64, sqlx::Error> {
    Ok(cap_people(tx, latest).await?
        + cap_links(tx, latest).await?
        + cap_jobs(tx, latest).await?
        + cap_executions(tx, latest).await?
        + cap_seats(tx, latest).await?)
}

async fn cap_people(tx: &mut Tx, latest: &LatestTimes) -> Result<u64, sqlx::Error> {
    let mut rows = sql("UPDATE session SET
             created_at = CASE WHEN created_at > $2 THEN $1 ELSE created_at END,
             last_used_at = CASE WHEN last_used_at > $2 THEN $1 ELSE last_used_at END,
             expires_at = CASE WHEN expires_at > $3 THEN $3 ELSE expires_at END
         WHERE created_at > $2 OR last_used_at > $2 OR expires_at > $3")
    .bind(latest.now)
    .bind(latest.written)
    .bind(latest.session_end)
    .execute(tx)
    .await?;
    rows +=
        sql("DELETE FROM sign_in_attempt WHERE window_start > $1").bind(latest.written).execute(tx).await?;
    rows += sql("DELETE FROM sign_in_throttle WHERE since > $1").bind(latest.written).execute(tx).await?;
    rows += sql("UPDATE known_place SET last_used_at = $1 WHERE last_used_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?;
    rows += sql("UPDATE user_account SET last_access_at = $1 WHERE last_access_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?;
    sql("UPDATE member SET last_access_at = $1 WHERE last_access_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?;
    rows += sql("UPDATE user_account SET last_sign_in_at = $1 WHERE last_sign_in_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?;
    rows += sql("UPDATE api_key SET last_used_at = $1 WHERE last_used_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?;
    Ok(rows)
}

async fn cap_links(tx: &mut Tx, latest: &LatestTimes) -> Result<u64, sqlx::Error> {
    let mut rows = sql("UPDATE invitation SET expires_at = $1 WHERE expires_at > $1")
        .bind(latest.invitation_end)
        .execute(tx)
        .await?;
    rows += sql("UPDATE password_reset SET expires_at = $1 WHERE expires_at > $1")
        .bind(latest.password_reset_end)
        .execute(tx)
        .await?;
    // Such a row says that a notice was sent. Keeping it would suppress the notice when the license really ends.
    rows += sql("DELETE FROM setting WHERE name LIKE 'license!_notice:%' ESCAPE '!' AND updated_at > $1")
        .bind(latest.written)
        .execute(tx)
        .await?;
    Ok(rows)
}

/// Otherwise a place for a file would never expire, and a silent execution would never end.
async fn cap_executions(tx: &mut Tx, latest: &LatestTimes) -> Result<u64, sqlx::Error> {
    let rows = sql("UPDATE upload_slot SET expires_at = $1 WHERE expires_at > $1")
        .bind(latest.upload_slot_end)
        .execute(&mut *tx)
        .await?;
    Ok(rows
        + sql("UPDATE execution SET changed_at = $1
             WHERE state IN ('waiting', 'reading', 'running') AND changed_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?)
}

async fn cap_jobs(tx: &mut Tx, latest: &LatestTimes) -> Result<u64, sqlx::Error> {
    let mut rows = sql("UPDATE job SET
             created_at = CASE WHEN created_at > $2 THEN $1 ELSE created_at END,
             run_at = CASE WHEN run_at > $3 THEN $1 ELSE run_at END
         WHERE created_at > $2 OR run_at > $3")
    .bind(latest.now)
    .bind(latest.written)
    .bind(latest.job_run)
    .execute(tx)
    .await?;
    rows += sql("UPDATE job SET claimed_until = $1 WHERE claimed_until > $1")
        .bind(latest.job_claim)
        .execute(tx)
        .await?;
    rows += sql("UPDATE mail_setting SET
             stuck_since = CASE WHEN stuck_since > $2 THEN $1 ELSE stuck_since END,
             not_before = CASE WHEN not_before > $3 THEN $1 ELSE not_before END
         WHERE stuck_since > $2 OR not_before > $3")
    .bind(latest.now)
    .bind(latest.written)
    .bind(latest.job_run)
    .execute(tx)
    .await?;
    rows += sql("UPDATE mail_message SET next_attempt_at = $1 WHERE next_attempt_at > $2")
        .bind(latest.now)
        .bind(latest.job_run)
        .execute(tx)
        .await?;
    Ok(rows)
}

async fn cap_seats(tx: &mut Tx, latest: &LatestTimes) -> Result<u64, sqlx::Error> {
    let mut rows = sql("UPDATE license_session SET
             renewed_at = CASE WHEN renewed_at > $1 THEN $2 ELSE renewed_at END,
             started_at = CASE WHEN started_at > $1 THEN $2 ELSE started_at END,
             expires_at = CASE WHEN kind = 'borrowed' AND expires_at > $4 THEN $4
                               WHEN kind = 'online' AND expires_at > $3 THEN $3 ELSE expires_at END,
             signed_until = CASE WHEN kind = 'online' AND renewed_at > $1 AND signed_until > $5 THEN $5
                                 WHEN signed_until > $6 THEN $6 ELSE signed_until END
         WHERE ended_at IS NULL AND (renewed_at > $1 OR started_at > $1
           OR (kind = 'online' AND expires_at > $3) OR (kind = 'borrowed' AND expires_at > $4)
           OR signed_until > $6)")
    .bind(latest.written)
    .bind(latest.now)
    .bind(latest.lease_end)
    .bind(latest.borrowed_end)
    .bind(latest.signed_end)
    .bind(latest.signed_borrowed_end)
    .execute(tx)
    .await?;
    rows += sql("DELETE FROM license_waiter WHERE polled_at > $1").bind(latest.written).execute(tx).await?;
    rows += sql("UPDATE license_held_seat SET expires_at = $1 WHERE ended_at > $2 AND expires_at > $1")
        .bind(latest.held_end)
        .bind(latest.written)
        .execute(tx)
        .await?;
    rows += sql("UPDATE license_machine SET last_seen_at = $1 WHERE last_seen_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?;
    rows += sql("UPDATE license_denial SET last_at = $1 WHERE last_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?;
    rows += sql("UPDATE license_assignment SET last_used_at = $1 WHERE last_used_at > $2")
        .bind(latest.now)
        .bind(latest.written)
        .execute(tx)
        .await?;
    Ok(rows)
}
