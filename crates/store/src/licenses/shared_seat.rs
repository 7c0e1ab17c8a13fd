//! A seat that several live sessions of one person share: it passes from one session to another, and counts until the
//! last lease that was signed for it ends.

use super::session_end::EndedSession;
use crate::{Time, Tx, sql};

/// Gives the seat of an ended session to another live session of the same person. It is counted until the leases of
/// both sessions have ended. `false`: there is no other live session.
pub async fn hand_over_seat(tx: &mut Tx, ended: &EndedSession) -> Result<bool, sqlx::Error> {
    let rows = sql("UPDATE license_session SET takes_seat = TRUE, team_id = $4,
            signed_until = CASE WHEN COALESCE(signed_until, expires_at) > $5
                THEN COALESCE(signed_until, expires_at) ELSE $5 END
         WHERE id = (SELECT MIN(id) FROM license_session
             WHERE user_id = $3 AND organization_id = $1 AND product = $2 AND ended_at IS NULL)")
    .bind(ended.organization_id)
    .bind(ended.product.as_str())
    .bind(ended.user_id)
    .bind(ended.team_id)
    .bind(ended.signed_until)
    .execute(tx)
    .await?;
    Ok(rows == 1)
}

/// Extends the seat that a person's live sessions share: it is counted at least until `until`, the end of a lease that
/// was signed for one of them.
pub async fn lengthen_shared_seat(
    tx: &mut Tx,
    (organization_id, product, user_id): (i64, &str, i64),
    until: Time,
) -> Result<(), sqlx::Error> {
    sql("UPDATE license_session SET signed_until = $4
         WHERE user_id = $3 AND organization_id = $1 AND product = $2 AND ended_at IS NULL AND takes_seat
           AND COALESCE(signed_until, expires_at) < $4")
    .bind(organization_id)
    .bind(product)
    .bind(user_id)
    .bind(until)
    .execute(tx)
    .await
    .map(drop)
}

/// Sets the end of the leases of an ended session: a lease of a session that shared its seat ends later than its own.
pub async fn update_signed_until(tx: &mut Tx, id: i64, until: Time) -> Result<(), sqlx::Error> {
    sql("UPDATE license_session SET signed_until = $2 WHERE id = $1")
        .bind(id)
        .bind(until)
        .execute(tx)
        .await
        .map(drop)
}
