//! `license_session`: the ends of license sessions, and why they ended. Must never decide whether a seat is free
//! afterwards: that is the server's `ops`.

use super::BATCH_MAX;
use crate::on::On;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

/// The reason why the person's session ended, and who ended it.
pub async fn find_end(
    on: impl Into<On<'_>>,
    user_id: i64,
    id: i64,
) -> Result<Option<(Option<String>, Option<String>)>, sqlx::Error> {
    sql("SELECT end_reason, ended_by FROM license_session WHERE id = $1 AND user_id = $2")
        .bind(id)
        .bind(user_id)
        .fetch_optional(on)
        .await
}

/// A session that has just ended, with what is needed to free its seat.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EndedSession {
    pub id: i64,
    pub organization_id: i64,
    pub product: String,
    pub user_id: i64,
    pub team_id: Option<i64>,
    pub takes_seat: bool,
    pub machine_key: String,
    pub hostname: String,
    /// The end of the longest lease that was signed for it.
    pub signed_until: Time,
}

/// Ends a session. `None`: it had ended before.
pub async fn end_session(
    tx: &mut Tx,
    id: i64,
    at: Time,
    reason: &str,
    by: Option<&str>,
) -> Result<Option<EndedSession>, sqlx::Error> {
    sql("UPDATE license_session SET ended_at = $2, end_reason = $3, ended_by = $4
         WHERE id = $1 AND end_reason IS NULL
         RETURNING id, organization_id, product, user_id, team_id, takes_seat, machine_key, hostname,
            COALESCE(signed_until, expires_at) AS signed_until")
    .bind(id)
    .bind(at)
    .bind(reason)
    .bind(by.map(str::to_owned))
    .fetch_optional(tx)
    .await
}

/// Ends at most [`BATCH_MAX`] sessions at the request of their clients, each given as (user id, session id). Returns
/// those that were live.
pub async fn release_sessions(
    tx: &mut Tx,
    sessions: &[(i64, i64)],
    now: Time,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    let mut query = sql("UPDATE license_session SET ended_at = $1,
                end_reason = CASE kind WHEN 'borrowed' THEN 'returned' ELSE 'released' END
         FROM (SELECT CAST($2 AS BIGINT) AS asker, CAST($3 AS BIGINT) AS asked UNION ALL SELECT $4, $5
               UNION ALL SELECT $6, $7 UNION ALL SELECT $8, $9 UNION ALL SELECT $10, $11 UNION ALL SELECT $12, $13
               UNION ALL SELECT $14, $15 UNION ALL SELECT $16, $17) a
         WHERE license_session.id = a.asked AND license_session.user_id = a.asker
           AND license_session.end_reason IS NULL
         RETURNING id, organization_id, product, user_id, team_id, takes_seat, machine_key, hostname,
            COALESCE(signed_until, expires_at) AS signed_until")
    .bind(now);
    for place in 0..BATCH_MAX {
        let (user_id, id) = sessions.get(place).copied().unwrap_or_default();
        query = query.bind(user_id).bind(id);
    }
    query.fetch_all(tx).await
}

/// Ends the person's sessions with this session key on this machine, at the request of the client. `organization_id`
/// `None`: in all organizations.
pub async fn release_sessions_by_key(
    tx: &mut Tx,
    user_id: i64,
    organization_id: Option<i64>,
    machine_key: &str,
    session_key: &str,
    now: Time,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    sql("UPDATE license_session SET ended_at = $5,
                end_reason = CASE kind WHEN 'borrowed' THEN 'returned' ELSE 'released' END
         WHERE user_id = $1 AND session_key = $4 AND machine_key = $3 AND end_reason IS NULL
           AND (CAST($2 AS BIGINT) IS NULL OR organization_id = $2)
         RETURNING id, organization_id, product, user_id, team_id, takes_seat, machine_key, hostname,
            COALESCE(signed_until, expires_at) AS signed_until")
    .bind(user_id)
    .bind(organization_id)
    .bind(machine_key)
    .bind(session_key)
    .bind(now)
    .fetch_all(tx)
    .await
}

/// Ends all live sessions of an organization.
pub async fn end_sessions_of_organization(
    tx: &mut Tx,
    organization_id: i64,
    at: Time,
    reason: &str,
    by: &str,
) -> Result<Vec<EndedSession>, sqlx::Error> {
    sql("UPDATE license_session SET ended_at = $2, end_reason = $3, ended_by = $4
         WHERE organization_id = $1 AND ended_at IS NULL
         RETURNING id, organization_id, product, user_id, team_id, takes_seat, machine_key, hostname,
            COALESCE(signed_until, expires_at) AS signed_until")
    .bind(organization_id)
    .bind(at)
    .bind(reason)
    .bind(by)
    .fetch_all(tx)
    .await
}

/// Ends the live sessions of these people in an organization. `product` `None`: of all products.
pub async fn end_sessions_of_users(
    tx: &mut Tx,
    organization_id: i64,
    product: Option<&str>,
    user_ids: &[i64],
    at: Time,
    (reason, by): (&str, &str),
) -> Result<Vec<EndedSession>, sqlx::Error> {
    sql("UPDATE license_session SET ended_at = $4, end_reason = $5, ended_by = $6
         WHERE organization_id = $1 AND ended_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR product = $2)
           AND user_id IN (SELECT value ->> 0 FROM json_each($3))
         RETURNING id, organization_id, product, user_id, team_id, takes_seat, machine_key, hostname,
            COALESCE(signed_until, expires_at) AS signed_until")
    .on_postgres(
        "UPDATE license_session SET ended_at = $4, end_reason = $5, ended_by = $6
         WHERE organization_id = $1 AND ended_at IS NULL AND (CAST($2 AS TEXT) IS NULL OR product = $2)
           AND user_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($3::jsonb) AS rows (value))
         RETURNING id, organization_id, product, user_id, team_id, takes_seat, machine_key, hostname,
            COALESCE(signed_until, expires_at) AS signed_until",
    )
    .bind(organization_id)
    .bind(product.map(str::to_owned))
    .bind(Rows::of(user_ids.iter().copied()).to_json())
    .bind(at)
    .bind(reason)
    .bind(by)
    .fetch_all(tx)
    .await
}

/// Ends those of the sessions that are live and belong to this organization and product.
pub async fn end_chosen_sessions(
    tx: &mut Tx,
    organization_id: i64,
    product: &str,
    ids: &[i64],
    at: Time,
    (reason, by): (&str, &str),
) -> Result<Vec<EndedSession>, sqlx::Error> {
    sql("UPDATE license_session SET ended_at = $4, end_reason = $5, ended_by = $6
         WHERE id IN (SELECT value ->> 0 FROM json_each($3))
           AND organization_id = $1 AND product = $2 AND end_reason IS NULL
         RETURNING id, organization_id, product, user_id, team_id, takes_seat, machine_key, hostname,
            COALESCE(signed_until, expires_at) AS signed_until")
    .on_postgres(
        "UPDATE license_session SET ended_at = $4, end_reason = $5, ended_by = $6
         WHERE id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($3::jsonb) AS rows (value))
           AND organization_id = $1 AND product = $2 AND end_reason IS NULL
         RETURNING id, organization_id, product, user_id, team_id, takes_seat, machine_key, hostname,
            COALESCE(signed_until, expires_at) AS signed_until",
    )
    .bind(organization_id)
    .bind(product)
    .bind(Rows::of(ids.iter().copied()).to_json())
    .bind(at)
    .bind(reason)
    .bind(by)
    .fetch_all(tx)
    .await
}
