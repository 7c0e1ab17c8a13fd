//! `license_session`: who runs what where, and how each session ended.

use crate::db::On;
use crate::list::List;
use crate::{Time, Tx, sql};

/// What a checkout has to know about the asker, in one round trip.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Asker {
    /// `None`: not a member of the organization.
    pub password_sign_in: Option<bool>,
    pub assigned: bool,
    pub machine_id: Option<i64>,
    pub machine_seen_at: Option<Time>,
    /// The latest session of this name on this machine.
    pub session_id: Option<i64>,
    pub session_kind: Option<String>,
    pub session_expires_at: Option<Time>,
    pub session_ended_at: Option<Time>,
    pub session_end_reason: Option<String>,
    pub session_ended_by: Option<String>,
}

/// Which session: a client's name for it is unique on its machine only.
#[derive(Clone, Copy, Debug)]
pub struct SessionKey<'a> {
    pub user_id: i64,
    pub organization_id: i64,
    pub product: &'a str,
    pub machine_key: &'a str,
    pub session_key: &'a str,
}

/// `None`: no such organization.
pub async fn find_asker(on: impl Into<On<'_>>, key: SessionKey<'_>) -> Result<Option<Asker>, sqlx::Error> {
    sql("SELECT m.password_sign_in, a.user_id IS NOT NULL AS assigned, x.id AS machine_id,
                x.last_seen_at AS machine_seen_at, s.id AS session_id, s.kind AS session_kind,
                s.expires_at AS session_expires_at, s.ended_at AS session_ended_at,
                s.end_reason AS session_end_reason, s.ended_by AS session_ended_by
         FROM scope o
         LEFT JOIN member m ON m.scope_id = o.id AND m.user_id = $1
         LEFT JOIN license_assignment a ON a.organization_id = o.id AND a.product = $3 AND a.user_id = $1
         LEFT JOIN license_machine x ON x.organization_id = o.id AND x.product = $3 AND x.machine_key = $4
         LEFT JOIN license_session s ON s.id = (SELECT MAX(k.id) FROM license_session k
            WHERE k.user_id = $1 AND k.session_key = $5 AND k.organization_id = $2 AND k.product = $3
              AND k.machine_key = $4)
         WHERE o.id = $2 AND o.level = 'organization'")
    .bind(key.user_id)
    .bind(key.organization_id)
    .bind(key.product)
    .bind(key.machine_key)
    .bind(key.session_key)
    .fetch_optional(on)
    .await
}

pub struct NewLicenseSession<'a> {
    pub key: SessionKey<'a>,
    pub package: &'a str,
    pub team_id: Option<i64>,
    pub hostname: &'a str,
    pub client_version: &'a str,
    pub kind: &'a str,
    pub takes_seat: bool,
    pub expires_at: Time,
}

pub async fn create_license_session(
    tx: &mut Tx,
    new: NewLicenseSession<'_>,
    now: Time,
) -> Result<i64, sqlx::Error> {
    let (id,): (i64,) =
        sql("INSERT INTO license_session (user_id, organization_id, product, machine_key, session_key,
            package, team_id, hostname, client_version, kind, takes_seat, started_at, renewed_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13) RETURNING id")
        .bind(new.key.user_id)
        .bind(new.key.organization_id)
        .bind(new.key.product)
        .bind(new.key.machine_key)
        .bind(new.key.session_key)
        .bind(new.package)
        .bind(new.team_id)
        .bind(new.hostname)
        .bind(new.client_version)
        .bind(new.kind)
        .bind(new.takes_seat)
        .bind(now)
        .bind(new.expires_at)
        .fetch_one(tx)
        .await?;
    Ok(id)
}

/// A live session as whoever has it needs it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LiveSession {
    pub id: i64,
    pub organization_id: i64,
    pub product: String,
    pub user_id: i64,
    pub team_id: Option<i64>,
    pub machine_key: String,
    pub session_key: String,
    pub hostname: String,
    pub kind: String,
    pub takes_seat: bool,
    pub started_at: Time,
    pub expires_at: Time,
}

/// The person's session, if it has not ended; its time may be over.
pub async fn find_own_live_session(
    on: impl Into<On<'_>>,
    user_id: i64,
    id: i64,
) -> Result<Option<LiveSession>, sqlx::Error> {
    sql("SELECT id, organization_id, product, user_id, team_id, machine_key, session_key, hostname, kind, takes_seat,
                started_at, expires_at
         FROM license_session WHERE id = $1 AND user_id = $2 AND ended_at IS NULL")
    .bind(id)
    .bind(user_id)
    .fetch_optional(on)
    .await
}

/// How the person's session ended: reason, by whom.
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

/// One person's live sessions of one product.
pub async fn list_live_sessions_of_user(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    user_id: i64,
) -> Result<Vec<LiveSession>, sqlx::Error> {
    sql("SELECT id, organization_id, product, user_id, team_id, machine_key, session_key, hostname, kind, takes_seat,
                started_at, expires_at
         FROM license_session
         WHERE user_id = $3 AND organization_id = $1 AND product = $2 AND ended_at IS NULL ORDER BY id")
    .bind(organization_id)
    .bind(product)
    .bind(user_id)
    .fetch_all(on)
    .await
}

/// Sessions on one machine.
pub async fn list_live_sessions_on_machine(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    machine_key: &str,
) -> Result<Vec<LiveSession>, sqlx::Error> {
    sql("SELECT id, organization_id, product, user_id, team_id, machine_key, session_key, hostname, kind, takes_seat,
                started_at, expires_at
         FROM license_session
         WHERE organization_id = $1 AND product = $2 AND ended_at IS NULL AND machine_key = $3 ORDER BY id")
    .bind(organization_id)
    .bind(product)
    .bind(machine_key)
    .fetch_all(on)
    .await
}

pub async fn find_live_session_of_organization(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    id: i64,
) -> Result<Option<LiveSession>, sqlx::Error> {
    sql("SELECT id, organization_id, product, user_id, team_id, machine_key, session_key, hostname, kind, takes_seat,
                started_at, expires_at
         FROM license_session WHERE id = $3 AND organization_id = $1 AND product = $2 AND ended_at IS NULL")
    .bind(organization_id)
    .bind(product)
    .bind(id)
    .fetch_optional(on)
    .await
}

/// Live sessions whose time is over, at most so many, and since when.
pub async fn list_overdue_sessions(
    on: impl Into<On<'_>>,
    now: Time,
    limit: i64,
) -> Result<Vec<(i64, Time)>, sqlx::Error> {
    sql("SELECT id, expires_at FROM license_session
         WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2")
    .bind(now)
    .bind(limit)
    .fetch_all(on)
    .await
}

pub async fn renew_session(
    tx: &mut Tx,
    id: i64,
    kind: &str,
    now: Time,
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    sql("UPDATE license_session SET kind = $2, renewed_at = $3, expires_at = $4 WHERE id = $1")
        .bind(id)
        .bind(kind)
        .bind(now)
        .bind(expires_at)
        .execute(tx)
        .await
        .map(drop)
}

/// What was freed by an end.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct EndedSession {
    pub organization_id: i64,
    pub product: String,
    pub user_id: i64,
    pub team_id: Option<i64>,
    pub takes_seat: bool,
}

/// `None`: it had ended before.
pub async fn end_session(
    tx: &mut Tx,
    id: i64,
    at: Time,
    reason: &str,
    by: Option<&str>,
) -> Result<Option<EndedSession>, sqlx::Error> {
    sql("UPDATE license_session SET ended_at = $2, end_reason = $3, ended_by = $4
         WHERE id = $1 AND ended_at IS NULL
         RETURNING organization_id, product, user_id, team_id, takes_seat")
    .bind(id)
    .bind(at)
    .bind(reason)
    .bind(by.map(str::to_owned))
    .fetch_optional(tx)
    .await
}

/// Gives back the person's session with this id.
pub async fn release_session(
    tx: &mut Tx,
    user_id: i64,
    id: i64,
    now: Time,
) -> Result<Option<EndedSession>, sqlx::Error> {
    sql("UPDATE license_session SET ended_at = $3,
                end_reason = CASE kind WHEN 'borrowed' THEN 'returned' ELSE 'released' END
         WHERE id = $2 AND user_id = $1 AND ended_at IS NULL
         RETURNING organization_id, product, user_id, team_id, takes_seat")
    .bind(user_id)
    .bind(id)
    .bind(now)
    .fetch_optional(tx)
    .await
}

/// Gives back the person's sessions of this name on this machine, in whichever of their organizations
/// (`None`: all).
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
         WHERE user_id = $1 AND session_key = $4 AND machine_key = $3 AND ended_at IS NULL
           AND (CAST($2 AS BIGINT) IS NULL OR organization_id = $2)
         RETURNING organization_id, product, user_id, team_id, takes_seat")
    .bind(user_id)
    .bind(organization_id)
    .bind(machine_key)
    .bind(session_key)
    .bind(now)
    .fetch_all(tx)
    .await
}

/// Lets another live session of the same person take the seat of one that ended; `false`: there is none.
pub async fn hand_over_seat(tx: &mut Tx, ended: &EndedSession) -> Result<bool, sqlx::Error> {
    let rows = sql("UPDATE license_session SET takes_seat = TRUE, team_id = $4 WHERE id =
            (SELECT MIN(id) FROM license_session
             WHERE user_id = $3 AND organization_id = $1 AND product = $2 AND ended_at IS NULL)")
    .bind(ended.organization_id)
    .bind(ended.product.as_str())
    .bind(ended.user_id)
    .bind(ended.team_id)
    .execute(tx)
    .await?;
    Ok(rows == 1)
}

/// A live session as the License Management page shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LicenseSession {
    pub id: i64,
    pub organization_id: i64,
    pub product: String,
    pub package: String,
    pub user_id: i64,
    pub email: String,
    pub team_id: Option<i64>,
    pub team: Option<String>,
    pub machine_key: String,
    pub hostname: String,
    pub client_version: String,
    pub kind: String,
    pub started_at: Time,
    pub renewed_at: Time,
    pub expires_at: Time,
}

/// Live sessions of an organization. Sorts by `email`, `hostname`, `expires_at` or `started_at`.
pub async fn list_license_sessions(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    now: Time,
    list: &List,
) -> Result<Vec<LicenseSession>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, s.product, s.package, s.user_id, u.email, s.team_id, t.name AS team,
                s.machine_key, s.hostname, s.client_version, s.kind, s.started_at, s.renewed_at, s.expires_at
         FROM license_session s JOIN user_account u ON u.id = s.user_id LEFT JOIN scope t ON t.id = s.team_id
         WHERE s.organization_id = $1 AND s.product = $2 AND s.ended_at IS NULL AND s.expires_at > $3
           AND ($4 = '%' OR u.email LIKE $4 ESCAPE '!' OR lower(s.hostname) LIKE $4 ESCAPE '!'
                OR lower(s.machine_key) LIKE $4 ESCAPE '!')
         ORDER BY
           CASE WHEN NOT $6 THEN CASE $5 WHEN 'email' THEN u.email WHEN 'hostname' THEN lower(s.hostname) END END ASC,
           CASE WHEN $6 THEN CASE $5 WHEN 'email' THEN u.email WHEN 'hostname' THEN lower(s.hostname) END END DESC,
           CASE WHEN NOT $6 THEN CASE $5 WHEN 'expires_at' THEN s.expires_at
                WHEN 'started_at' THEN s.started_at END END ASC,
           CASE WHEN $6 THEN CASE $5 WHEN 'expires_at' THEN s.expires_at
                WHEN 'started_at' THEN s.started_at END END DESC,
           s.id DESC
         LIMIT $7 OFFSET $8")
    .bind(organization_id)
    .bind(product)
    .bind(now)
    .bind_list(list)
    .planned_for_values()
    .fetch_all(on)
    .await
}

pub async fn count_license_sessions(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    now: Time,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) =
        sql("SELECT COUNT(*) FROM license_session s JOIN user_account u ON u.id = s.user_id
         WHERE s.organization_id = $1 AND s.product = $2 AND s.ended_at IS NULL AND s.expires_at > $3
           AND ($4 = '%' OR u.email LIKE $4 ESCAPE '!' OR lower(s.hostname) LIKE $4 ESCAPE '!'
                OR lower(s.machine_key) LIKE $4 ESCAPE '!')")
        .bind(organization_id)
        .bind(product)
        .bind(now)
        .bind(list.pattern())
        .planned_for_values()
        .fetch_one(on)
        .await?;
    Ok(count)
}

/// A person's own live sessions, everywhere.
pub async fn list_own_license_sessions(
    on: impl Into<On<'_>>,
    user_id: i64,
    now: Time,
) -> Result<Vec<LicenseSession>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, s.product, s.package, s.user_id, u.email, s.team_id, t.name AS team,
                s.machine_key, s.hostname, s.client_version, s.kind, s.started_at, s.renewed_at, s.expires_at
         FROM license_session s JOIN user_account u ON u.id = s.user_id LEFT JOIN scope t ON t.id = s.team_id
         WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 ORDER BY s.id DESC LIMIT 1000")
    .bind(user_id)
    .bind(now)
    .fetch_all(on)
    .await
}

/// Who holds seats of an organization, for the words of a refusal: email, host, since when.
pub async fn list_holders(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    limit: i64,
) -> Result<Vec<(String, String, Time)>, sqlx::Error> {
    sql("SELECT u.email, s.hostname, s.started_at
         FROM license_session s JOIN user_account u ON u.id = s.user_id
         WHERE s.organization_id = $1 AND s.product = $2 AND s.ended_at IS NULL AND s.takes_seat
         ORDER BY s.id LIMIT $3")
    .bind(organization_id)
    .bind(product)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// Sessions that ended before.
pub async fn delete_old_sessions(tx: &mut Tx, before: Time) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_session WHERE ended_at < $1").bind(before).execute(tx).await
}
