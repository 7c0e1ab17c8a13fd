//! Seats in use and the queue, as the seat map shows them. Must never change a seat.
//!
//! `organizations` are the ids of the first and the last organization: one organization, or all of them. A seat counts
//! until the turn that frees it, as in `license_count`, so the numbers add up.

use crate::on::On;
use crate::{Time, sql};

/// Ids of the first and the last organization.
pub type Organizations = (i64, i64);

/// A live session that has a seat.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionSeat {
    pub id: i64,
    pub organization_id: i64,
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub package: String,
    pub machine_key: String,
    pub hostname: String,
    /// `online` or `borrowed`.
    pub kind: String,
    pub team: Option<String>,
    pub started_at: Time,
    pub expires_at: Time,
}

/// At most `limit`, those of each organization in the order of their start.
pub async fn list_session_seats(
    on: impl Into<On<'_>>,
    (first, last): Organizations,
    product: &str,
    limit: i64,
) -> Result<Vec<SessionSeat>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, s.user_id, u.email, u.first_name, u.last_name, s.package, s.machine_key,
                s.hostname, s.kind, t.name AS team, s.started_at, s.expires_at
         FROM license_session s JOIN user_account u ON u.id = s.user_id LEFT JOIN scope t ON t.id = s.team_id
         WHERE s.organization_id BETWEEN $1 AND $2 AND s.product = $3 AND s.ended_at IS NULL AND s.takes_seat
         ORDER BY s.organization_id, s.product, s.id LIMIT $4")
    .bind(first)
    .bind(last)
    .bind(product)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// A seat without a live session: of an offline license, or one that counts until its lease ends.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OtherSeat {
    pub id: i64,
    pub organization_id: i64,
    /// `offline` or `held`.
    pub kind: String,
    /// Whose machine it is, or the person's email address.
    pub holder: String,
    pub machine_key: String,
    pub hostname: String,
    pub since: Time,
    pub until: Time,
}

/// At most `limit` of each kind.
pub async fn list_other_seats(
    on: impl Into<On<'_>>,
    (first, last): Organizations,
    product: &str,
    limit: i64,
) -> Result<Vec<OtherSeat>, sqlx::Error> {
    sql("SELECT id, organization_id, kind, holder, machine_key, hostname, since, until FROM (
            SELECT f.id, f.organization_id, 'offline' AS kind, f.holder, f.machine_key, '' AS hostname,
                   f.created_at AS since, f.expires_at AS until
            FROM license_offline f
            WHERE f.organization_id BETWEEN $1 AND $2 AND f.product = $3 AND f.takes_seat
            UNION ALL
            SELECT h.id, h.organization_id, 'held', u.email, h.machine_key, h.hostname, h.ended_at, h.expires_at
            FROM license_held_seat h JOIN user_account u ON u.id = h.user_id
            WHERE h.organization_id BETWEEN $1 AND $2 AND h.product = $3 AND NOT h.freed_by_time) x
         ORDER BY kind DESC, until, id LIMIT $4")
    .bind(first)
    .bind(last)
    .bind(product)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Triples of organization, kind (`online`, `borrowed`, `offline`, `held`) and number of seats.
pub async fn count_seats(
    on: impl Into<On<'_>>,
    (first, last): Organizations,
    product: &str,
) -> Result<Vec<(i64, String, i64)>, sqlx::Error> {
    sql("SELECT x.organization_id, x.kind, COUNT(*) FROM (
            SELECT organization_id, kind FROM license_session
            WHERE organization_id BETWEEN $1 AND $2 AND product = $3 AND ended_at IS NULL AND takes_seat
            UNION ALL
            SELECT organization_id, 'offline' FROM license_offline
            WHERE organization_id BETWEEN $1 AND $2 AND product = $3 AND takes_seat
            UNION ALL
            SELECT organization_id, 'held' FROM license_held_seat
            WHERE organization_id BETWEEN $1 AND $2 AND product = $3 AND NOT freed_by_time) x
         GROUP BY x.organization_id, x.kind")
    .bind(first)
    .bind(last)
    .bind(product)
    .fetch_all(on)
    .await
}

/// A session in the queue.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct QueuedSession {
    pub id: i64,
    pub organization_id: i64,
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub machine_key: String,
    pub hostname: String,
    pub queued_at: Time,
}

/// The queue of a product over all organizations, first in line first; without those that have not asked since
/// `polled_since`.
pub async fn list_queue(
    on: impl Into<On<'_>>,
    product: &str,
    polled_since: Time,
    limit: i64,
) -> Result<Vec<QueuedSession>, sqlx::Error> {
    sql("SELECT w.id, w.organization_id, w.user_id, u.email, u.first_name, u.last_name, w.machine_key, w.hostname,
                w.queued_at
         FROM license_waiter w JOIN user_account u ON u.id = w.user_id
         WHERE w.product = $1 AND w.polled_at >= $2 ORDER BY w.id LIMIT $3")
    .bind(product)
    .bind(polled_since)
    .bind(limit)
    .fetch_all(on)
    .await
}
