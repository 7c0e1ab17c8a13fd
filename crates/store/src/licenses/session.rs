//! `license_session`: start, renewal and end of license sessions. Lists for pages are in [`super::session_list`].
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

/// The live sessions of a product on one machine.
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

/// Deletes sessions that ended before `before`.
pub async fn delete_old_sessions(tx: &mut Tx, before: Time, limit: i64) -> Result<u64, sqlx::Error> {
    sql("DELETE FROM license_session WHERE id IN
         (SELECT id FROM license_session WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)")
    .bind(before)
    .bind(limit)
    .execute(tx)
    .await
}
