//! What happened to one person: read from the audit log, the ended license sessions and the assignments, which are
//! stored anyway. Only `inbox_mark` belongs to the inbox: how far the person has read.

use crate::on::On;
use crate::{Time, Tx, sql};

/// An event about the person, with the name of its scope if the scope still exists.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InboxEvent {
    pub number: i64,
    pub at: Time,
    pub actor_id: Option<i64>,
    pub actor: String,
    pub address: Option<String>,
    pub action: String,
    pub level: String,
    pub scope_id: i64,
    pub scope_name: Option<String>,
    pub target_kind: String,
    /// JSON object.
    pub details: String,
}

/// Events whose target is the person, newest first. Sign-ins only from a new place.
pub async fn list_events_about_user(
    on: impl Into<On<'_>>,
    user_id: i64,
    since: Time,
    limit: i64,
) -> Result<Vec<InboxEvent>, sqlx::Error> {
    sql("SELECT e.number, e.at, e.actor_id, e.actor, e.address, e.action, e.level, e.scope_id, s.name AS scope_name,
                e.target_kind, e.details
         FROM audit_event e LEFT JOIN scope s ON s.id = e.scope_id
         WHERE e.target_kind = 'user' AND e.target_id = $1 AND e.at > $2
           AND (e.action IN ('add_user', 'remove_user', 'edit_user_role', 'transfer_ownership', 'add_group_user',
                             'remove_group_user', 'revoke_license', 'transfer_license', 'end_user_sessions',
                             'change_password', 'reset_password', 'reset_password_by_mail',
                             'recover_password_by_sql', 'slow_sign_ins')
                OR e.action = 'sign_in' AND e.details LIKE '%new!_place%' ESCAPE '!')
         ORDER BY e.number DESC LIMIT $3")
    .bind(user_id)
    .bind(since)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Invitations to the address, newest first.
pub async fn list_invitation_events(
    on: impl Into<On<'_>>,
    email: &str,
    since: Time,
    limit: i64,
) -> Result<Vec<InboxEvent>, sqlx::Error> {
    sql("SELECT e.number, e.at, e.actor_id, e.actor, e.address, e.action, e.level, e.scope_id, s.name AS scope_name,
                e.target_kind, e.details
         FROM audit_event e LEFT JOIN scope s ON s.id = e.scope_id
         WHERE e.target_kind = 'invitation' AND e.target_name = $1 AND e.at > $2 AND e.action = 'invite_user'
         ORDER BY e.number DESC LIMIT $3")
    .bind(email)
    .bind(since)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// A license session that somebody else ended.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionTakenAway {
    pub id: i64,
    pub organization_id: i64,
    pub organization_name: String,
    pub product: String,
    pub hostname: String,
    pub ended_at: Time,
    pub ended_by: Option<String>,
}

/// Newest first.
pub async fn list_sessions_taken_away(
    on: impl Into<On<'_>>,
    user_id: i64,
    since: Time,
    limit: i64,
) -> Result<Vec<SessionTakenAway>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, o.name AS organization_name, s.product, s.hostname, s.ended_at, s.ended_by
         FROM license_session s JOIN scope o ON o.id = s.organization_id
         WHERE s.user_id = $1 AND s.end_reason IN ('revoked', 'machine_removed') AND s.ended_at > $2
         ORDER BY s.ended_at DESC LIMIT $3")
    .bind(user_id)
    .bind(since)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// A product that is assigned to the person.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OwnAssignment {
    pub organization_id: i64,
    pub organization_name: String,
    pub product: String,
    pub assigned_at: Time,
    pub assigned_by: String,
}

/// In no particular order.
pub async fn list_own_assignments(
    on: impl Into<On<'_>>,
    user_id: i64,
) -> Result<Vec<OwnAssignment>, sqlx::Error> {
    sql("SELECT a.organization_id, o.name AS organization_name, a.product, a.assigned_at, a.assigned_by
         FROM license_assignment a JOIN scope o ON o.id = a.organization_id WHERE a.user_id = $1")
    .bind(user_id)
    .fetch_all(on)
    .await
}

/// Up to when the person has read the inbox; `None`: never.
pub async fn find_seen_until(on: impl Into<On<'_>>, user_id: i64) -> Result<Option<Time>, sqlx::Error> {
    let row: Option<(Time,)> =
        sql("SELECT seen_until FROM inbox_mark WHERE user_id = $1").bind(user_id).fetch_optional(on).await?;
    Ok(row.map(|(until,)| until))
}

/// Moves the mark forward, never back.
pub async fn put_seen_until(tx: &mut Tx, user_id: i64, until: Time) -> Result<(), sqlx::Error> {
    sql("INSERT INTO inbox_mark (user_id, seen_until) VALUES ($1, $2)
         ON CONFLICT (user_id) DO UPDATE SET seen_until = excluded.seen_until
         WHERE inbox_mark.seen_until < excluded.seen_until")
    .bind(user_id)
    .bind(until)
    .execute(tx)
    .await
    .map(drop)
}
