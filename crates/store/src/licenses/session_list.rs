//! License sessions as pages and messages show them. Must never change a session: that is [`super::session`].

use crate::list::List;
use crate::on::On;
use crate::{Time, sql};

/// A live session as the License Management page shows it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct LicenseSession {
    pub id: i64,
    pub organization_id: i64,
    pub product: String,
    pub package: String,
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
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
    sql("SELECT s.id, s.organization_id, s.product, s.package, s.user_id, u.email, u.first_name, u.last_name,
                s.team_id, t.name AS team,
                s.machine_key, s.hostname, s.client_version, s.kind, s.started_at, s.renewed_at, s.expires_at
         FROM license_session s JOIN user_account u ON u.id = s.user_id LEFT JOIN scope t ON t.id = s.team_id
         WHERE s.organization_id = $1 AND s.product = $2 AND s.ended_at IS NULL AND s.expires_at > $3
           AND ($4 = '%' OR u.folded_email LIKE $4 ESCAPE '!' OR COALESCE(s.folded_hostname, lower(replace(s.hostname, 'I', 'i'))) LIKE $4 ESCAPE '!'
                OR lower(replace(s.machine_key, 'I', 'i')) LIKE $4 ESCAPE '!')
         ORDER BY
           CASE WHEN NOT $6 THEN CASE $5 WHEN 'email' THEN u.folded_email WHEN 'hostname' THEN COALESCE(s.folded_hostname, lower(replace(s.hostname, 'I', 'i'))) END END ASC,
           CASE WHEN $6 THEN CASE $5 WHEN 'email' THEN u.folded_email WHEN 'hostname' THEN COALESCE(s.folded_hostname, lower(replace(s.hostname, 'I', 'i'))) END END DESC,
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
           AND ($4 = '%' OR u.folded_email LIKE $4 ESCAPE '!' OR COALESCE(s.folded_hostname, lower(replace(s.hostname, 'I', 'i'))) LIKE $4 ESCAPE '!'
                OR lower(replace(s.machine_key, 'I', 'i')) LIKE $4 ESCAPE '!')")
        .bind(organization_id)
        .bind(product)
        .bind(now)
        .bind(list.pattern())
        .planned_for_values()
        .fetch_one(on)
        .await?;
    Ok(count)
}

/// A person's own live sessions in all organizations.
pub async fn list_own_license_sessions(
    on: impl Into<On<'_>>,
    user_id: i64,
    now: Time,
) -> Result<Vec<LicenseSession>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, s.product, s.package, s.user_id, u.email, u.first_name, u.last_name,
                s.team_id, t.name AS team,
                s.machine_key, s.hostname, s.client_version, s.kind, s.started_at, s.renewed_at, s.expires_at
         FROM license_session s JOIN user_account u ON u.id = s.user_id LEFT JOIN scope t ON t.id = s.team_id
         WHERE s.user_id = $1 AND s.ended_at IS NULL AND s.expires_at > $2 ORDER BY s.id DESC LIMIT 1000")
    .bind(user_id)
    .bind(now)
    .fetch_all(on)
    .await
}

/// A session in any state, live or ended.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SessionDetails {
    pub id: i64,
    pub organization_id: i64,
    pub organization_name: String,
    pub product: String,
    pub package: String,
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub team: Option<String>,
    pub machine_key: String,
    pub hostname: String,
    pub client_version: String,
    pub kind: String,
    pub started_at: Time,
    pub renewed_at: Time,
    pub expires_at: Time,
    pub ended_at: Option<Time>,
    pub end_reason: Option<String>,
    pub ended_by: Option<String>,
}

pub async fn find_session_details(
    on: impl Into<On<'_>>,
    id: i64,
) -> Result<Option<SessionDetails>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, o.name AS organization_name, s.product, s.package, s.user_id, u.email,
                u.first_name, u.last_name, t.name AS team, s.machine_key, s.hostname, s.client_version, s.kind,
                s.started_at, s.renewed_at, s.expires_at, s.ended_at, s.end_reason, s.ended_by
         FROM license_session s JOIN user_account u ON u.id = s.user_id JOIN scope o ON o.id = s.organization_id
         LEFT JOIN scope t ON t.id = s.team_id WHERE s.id = $1")
    .bind(id)
    .fetch_optional(on)
    .await
}

/// The newest sessions on a machine, live and ended, of all products.
pub async fn list_sessions_on_machine(
    on: impl Into<On<'_>>,
    organization_id: i64,
    machine_key: &str,
    limit: i64,
) -> Result<Vec<SessionDetails>, sqlx::Error> {
    sql("SELECT s.id, s.organization_id, o.name AS organization_name, s.product, s.package, s.user_id, u.email,
                u.first_name, u.last_name, t.name AS team, s.machine_key, s.hostname, s.client_version, s.kind,
                s.started_at, s.renewed_at, s.expires_at, s.ended_at, s.end_reason, s.ended_by
         FROM license_session s LEFT JOIN user_account u ON u.id = s.user_id
         LEFT JOIN scope o ON o.id = s.organization_id LEFT JOIN scope t ON t.id = s.team_id
         WHERE s.organization_id = $1 AND s.machine_key = $2 ORDER BY s.id DESC LIMIT $3")
    .bind(organization_id)
    .bind(machine_key)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// A person who holds a seat, for the message of a refusal.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Holder {
    pub email: String,
    pub hostname: String,
    pub kind: String,
    pub started_at: Time,
    pub expires_at: Time,
}

pub async fn list_holders(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    limit: i64,
) -> Result<Vec<Holder>, sqlx::Error> {
    sql("SELECT u.email, s.hostname, s.kind, s.started_at, s.expires_at
         FROM license_session s JOIN user_account u ON u.id = s.user_id
         WHERE s.organization_id = $1 AND s.product = $2 AND s.ended_at IS NULL AND s.takes_seat
         ORDER BY s.id LIMIT $3")
    .bind(organization_id)
    .bind(product)
    .bind(limit)
    .fetch_all(on)
    .await
}
