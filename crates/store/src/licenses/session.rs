//! `license_session`: start and renewal of license sessions. Their ends are in [`super::session_end`], lists for pages in
//! [`super::session_list`].
//!
//! Many programs ask at the same time, and each statement is a round trip. So one statement serves up to [`BATCH_MAX`]
//! programs; its unused rows are empty. Must never decide who gets a seat.

use testkeep_domain::text::fold;

use super::BATCH_MAX;
use crate::on::On;
use crate::query::Query;
use crate::rows::Rows;
use crate::{Time, Tx, sql};

/// Identifies a license session. The `session_key` is chosen by the client and unique only on its machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey<'a> {
    pub user_id: i64,
    pub organization_id: i64,
    pub product: &'a str,
    pub machine_key: &'a str,
    pub session_key: &'a str,
}

#[derive(Clone, Debug)]
pub struct NewLicenseSession<'a> {
    pub key: SessionKey<'a>,
    pub package: &'a str,
    pub team_id: Option<i64>,
    pub hostname: &'a str,
    pub client_version: &'a str,
    pub kind: &'a str,
    pub takes_seat: bool,
}

/// Starts at most [`BATCH_MAX`] sessions that expire at the same time; returns their ids in the same order.
pub async fn create_license_sessions(
    tx: &mut Tx,
    new: &[NewLicenseSession<'_>],
    expires_at: Time,
    now: Time,
) -> Result<Vec<i64>, sqlx::Error> {
    let mut query = sql("INSERT INTO license_session (user_id, organization_id, product, machine_key, session_key,
            package, team_id, hostname, client_version, kind, takes_seat, started_at, renewed_at, expires_at, signed_until)
         SELECT n.user_id, n.organization_id, n.product, n.machine_key, n.session_key,
            n.package, n.team_id, n.hostname, n.client_version, n.kind, n.takes_seat, $1, $1, $2, $2
         FROM (
            SELECT CAST($3 AS BIGINT) AS user_id, CAST($4 AS BIGINT) AS organization_id, CAST($5 AS TEXT) AS product, CAST($6 AS TEXT) AS machine_key,
                CAST($7 AS TEXT) AS session_key, CAST($8 AS TEXT) AS package, CAST($9 AS BIGINT) AS team_id, CAST($10 AS TEXT) AS hostname,
                CAST($11 AS TEXT) AS client_version, CAST($12 AS TEXT) AS kind, CAST($13 AS BOOLEAN) AS takes_seat
            UNION ALL SELECT $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24
            UNION ALL SELECT $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35
            UNION ALL SELECT $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46
            UNION ALL SELECT $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57
            UNION ALL SELECT $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68
            UNION ALL SELECT $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79
            UNION ALL SELECT $80, $81, $82, $83, $84, $85, $86, $87, $88, $89, $90) n
         WHERE n.user_id > 0
         RETURNING id, user_id, organization_id, product, machine_key, session_key")
    .bind(now)
    .bind(expires_at);
    for place in 0..BATCH_MAX {
        query = bind_new(query, new.get(place));
    }
    let begun: Vec<Begun> = query.fetch_all(&mut *tx).await?;
    let id = |new: &NewLicenseSession<'_>| begun.iter().find(|it| it.key() == new.key).map(|it| it.id);
    let ids: Result<Vec<i64>, _> = new.iter().map(|new| id(new).ok_or(sqlx::Error::RowNotFound)).collect();
    let ids = ids?;
    for (id, new) in ids.iter().zip(new).filter(|(_, new)| !new.hostname.is_ascii()) {
        update_folded_hostname(tx, *id, new.hostname).await?;
    }
    Ok(ids)
}

/// Only for host names with characters beyond ASCII: either database folds ASCII correctly.
pub(crate) async fn update_folded_hostname(tx: &mut Tx, id: i64, hostname: &str) -> Result<(), sqlx::Error> {
    sql("UPDATE license_session SET folded_hostname = $2 WHERE id = $1")
        .bind(id)
        .bind(fold(hostname))
        .execute(tx)
        .await
        .map(drop)
}

fn bind_new(query: Query, new: Option<&NewLicenseSession<'_>>) -> Query {
    let key = new.map(|it| it.key);
    query
        .bind(key.map_or(0, |it| it.user_id))
        .bind(key.map(|it| it.organization_id))
        .bind(key.map(|it| it.product.to_owned()))
        .bind(key.map(|it| it.machine_key.to_owned()))
        .bind(key.map(|it| it.session_key.to_owned()))
        .bind(new.map(|it| it.package.to_owned()))
        .bind(new.and_then(|it| it.team_id))
        .bind(new.map(|it| it.hostname.to_owned()))
        .bind(new.map(|it| it.client_version.to_owned()))
        .bind(new.map(|it| it.kind.to_owned()))
        .bind(new.is_some_and(|it| it.takes_seat))
}

/// The id and the key of a new row, to assign ids to requests.
#[derive(sqlx::FromRow)]
struct Begun {
    id: i64,
    user_id: i64,
    organization_id: i64,
    product: String,
    machine_key: String,
    session_key: String,
}

impl Begun {
    fn key(&self) -> SessionKey<'_> {
        SessionKey {
            user_id: self.user_id,
            organization_id: self.organization_id,
            product: &self.product,
            machine_key: &self.machine_key,
            session_key: &self.session_key,
        }
    }
}

/// A session that has not ended.
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

/// The person's session, if it has not ended. It may be past `expires_at`.
pub async fn find_own_live_session(
    on: impl Into<On<'_>>,
    user_id: i64,
    id: i64,
) -> Result<Option<LiveSession>, sqlx::Error> {
    sql("SELECT id, organization_id, product, user_id, team_id, machine_key, session_key, hostname, kind, takes_seat,
                started_at, expires_at
         FROM license_session WHERE id = $1 AND user_id = $2 AND end_reason IS NULL")
    .bind(id)
    .bind(user_id)
    .fetch_optional(on)
    .await
}

/// One person's live sessions of a product in an organization.
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

/// Ids and people of the live sessions on these machines.
pub async fn list_live_sessions_on_machines(
    on: impl Into<On<'_>>,
    organization_id: i64,
    product: &str,
    machine_keys: &[&str],
) -> Result<Vec<(i64, i64)>, sqlx::Error> {
    sql("SELECT id, user_id FROM license_session
         WHERE organization_id = $1 AND product = $2 AND ended_at IS NULL
           AND machine_key IN (SELECT value ->> 0 FROM json_each($3)) ORDER BY id")
    .on_postgres(
        "SELECT id, user_id FROM license_session
         WHERE organization_id = $1 AND product = $2 AND ended_at IS NULL
           AND machine_key IN (SELECT value ->> 0 FROM jsonb_array_elements($3::jsonb) AS rows (value)) ORDER BY id",
    )
    .bind(organization_id)
    .bind(product)
    .bind(Rows::of(machine_keys.iter().copied()).to_json())
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

/// At most `limit` sessions that have not ended although they are past `expires_at`: id and `expires_at`.
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

/// Renews a session until `expires_at`. `false`: it has ended.
pub async fn renew_session(
    tx: &mut Tx,
    id: i64,
    kind: &str,
    now: Time,
    expires_at: Time,
) -> Result<bool, sqlx::Error> {
    let rows = sql("UPDATE license_session SET kind = $2, renewed_at = $3, expires_at = $4,
            signed_until = CASE WHEN COALESCE(signed_until, expires_at) > $4
                THEN COALESCE(signed_until, expires_at) ELSE $4 END
         WHERE id = $1 AND end_reason IS NULL")
    .bind(id)
    .bind(kind)
    .bind(now)
    .bind(expires_at)
    .execute(tx)
    .await?;
    Ok(rows == 1)
}

/// Deletes sessions that ended before `before`.
pub async fn delete_old_sessions(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_session WHERE id IN
         (SELECT id FROM license_session WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
