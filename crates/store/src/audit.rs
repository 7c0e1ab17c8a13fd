//! `audit_event` and `audit_head`: the audit log, a chain of events.
//!
//! Events are written in order. No statement here may update or delete an event.

use testkeep_domain::text::fold;

use crate::list::{List, Slice, Total, orders};
use crate::on::On;
use crate::query::Query;
use crate::rows::{Rows, bytes};
use crate::{Time, Tx, sql};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuditEvent {
    pub number: i64,
    pub at: Time,
    pub actor_id: Option<i64>,
    pub actor: String,
    pub address: Option<String>,
    pub action: String,
    pub organization_id: Option<i64>,
    pub level: String,
    pub scope_id: i64,
    pub target_kind: String,
    pub target_id: Option<i64>,
    pub target_name: String,
    /// JSON object.
    pub details: String,
    pub hash: Vec<u8>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct AuditHead {
    pub number: i64,
    pub hash: Vec<u8>,
}

/// Reads the end of the chain and locks it until the transaction ends.
pub async fn lock_audit_head(tx: &mut Tx) -> Result<AuditHead, sqlx::Error> {
    sql("INSERT INTO audit_head (id, number, hash) VALUES (1, 0, $1)
         ON CONFLICT (id) DO UPDATE SET number = audit_head.number RETURNING number, hash")
    .bind(&[][..])
    .fetch_one(tx)
    .await
}

pub async fn find_audit_head(on: impl Into<On<'_>>) -> Result<Option<AuditHead>, sqlx::Error> {
    sql("SELECT number, hash FROM audit_head WHERE id = 1").fetch_optional(on).await
}

pub async fn update_audit_head(tx: &mut Tx, number: i64, hash: &[u8]) -> Result<(), sqlx::Error> {
    sql("UPDATE audit_head SET number = $1, hash = $2 WHERE id = 1")
        .bind(number)
        .bind(hash)
        .execute(tx)
        .await
        .map(drop)
}

/// Writes events that share one time, and their search text. The search text is in a table of its own, because an
/// event must never change and the text may be added later.
pub async fn create_audit_events(tx: &mut Tx, events: &[AuditEvent]) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for event in events {
        rows.push([
            event.number.into(),
            event.actor_id.into(),
            event.actor.as_str().into(),
            event.address.as_deref().into(),
            event.action.as_str().into(),
            event.organization_id.into(),
            event.level.as_str().into(),
            event.scope_id.into(),
            event.target_kind.as_str().into(),
            event.target_id.into(),
            event.target_name.as_str().into(),
            event.details.as_str().into(),
            bytes(&event.hash),
        ]);
    }
    let Some(at) = events.first().map(|event| event.at) else { return Ok(()) };
    sql("INSERT INTO audit_event (number, actor_id, actor, address, action, organization_id, level, scope_id,
                                  target_kind, target_id, target_name, details, hash, at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
                value ->> 8, value ->> 9, value ->> 10, value ->> 11, unhex(value ->> 12), $2
         FROM json_each($1)")
    .on_postgres(
        "INSERT INTO audit_event (number, actor_id, actor, address, action, organization_id, level, scope_id,
                                  target_kind, target_id, target_name, details, hash, at)
         SELECT (value ->> 0)::bigint, (value ->> 1)::bigint, value ->> 2, value ->> 3, value ->> 4,
                (value ->> 5)::bigint, value ->> 6, (value ->> 7)::bigint, value ->> 8, (value ->> 9)::bigint,
                value ->> 10, value ->> 11, decode(value ->> 12, 'hex'), $2
         FROM jsonb_array_elements($1::jsonb) AS rows (value)",
    )
    .bind(rows.to_json())
    .bind(at)
    .execute(&mut *tx)
    .await?;
    create_audit_event_texts(tx, events).await
}

pub(crate) async fn create_audit_event_texts(tx: &mut Tx, events: &[AuditEvent]) -> Result<(), sqlx::Error> {
    let mut rows = Rows::default();
    for event in events {
        let AuditEvent { number, actor, action, target_name, details, .. } = event;
        let address = event.address.as_deref().unwrap_or_default();
        let text = fold(&format!("{actor} {address} {action} {target_name} {details}"));
        rows.push([(*number).into(), text.into()]);
    }
    sql("INSERT INTO audit_event_text (number, folded_text)
         SELECT value ->> 0, value ->> 1 FROM json_each($1) WHERE TRUE ON CONFLICT (number) DO NOTHING")
    .on_postgres(
        "INSERT INTO audit_event_text (number, folded_text)
         SELECT (value ->> 0)::bigint, value ->> 1 FROM jsonb_array_elements($1::jsonb) AS rows (value)
         ON CONFLICT (number) DO NOTHING",
    )
    .bind(rows.to_json())
    .execute(tx)
    .await
    .map(drop)
}

/// Events without search text, oldest first.
pub(crate) async fn list_audit_events_without_text(
    on: impl Into<On<'_>>,
    limit: i64,
) -> Result<Vec<AuditEvent>, sqlx::Error> {
    sql("SELECT number, at, actor_id, actor, address, action, organization_id, level, scope_id, target_kind,
                target_id, target_name, details, hash
         FROM audit_event e WHERE NOT EXISTS (SELECT 1 FROM audit_event_text t WHERE t.number = e.number)
         ORDER BY number LIMIT $1")
    .bind(limit)
    .fetch_all(on)
    .await
}

/// At most `limit` events after `number`, oldest first. Verification reads the log in such parts.
pub async fn list_audit_events_after(
    on: impl Into<On<'_>>,
    number: i64,
    limit: i64,
) -> Result<Vec<AuditEvent>, sqlx::Error> {
    sql("SELECT number, at, actor_id, actor, address, action, organization_id, level, scope_id, target_kind,
                target_id, target_name, details, hash
         FROM audit_event WHERE number > $1 ORDER BY number LIMIT $2")
    .bind(number)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// The newest events by a person, in all organizations.
pub async fn list_audit_events_by(
    on: impl Into<On<'_>>,
    user_id: i64,
    limit: i64,
) -> Result<Vec<AuditEvent>, sqlx::Error> {
    sql("SELECT number, at, actor_id, actor, address, action, organization_id, level, scope_id, target_kind,
                target_id, target_name, details, hash
         FROM audit_event WHERE actor_id = $1 ORDER BY number DESC LIMIT $2")
    .bind(user_id)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// The newest events about a person, in all organizations.
pub async fn list_audit_events_about(
    on: impl Into<On<'_>>,
    user_id: i64,
    limit: i64,
) -> Result<Vec<AuditEvent>, sqlx::Error> {
    sql("SELECT number, at, actor_id, actor, address, action, organization_id, level, scope_id, target_kind,
                target_id, target_name, details, hash
         FROM audit_event WHERE target_kind = 'user' AND target_id = $1 ORDER BY number DESC LIMIT $2")
    .bind(user_id)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// The filters of a page of the log, in addition to the search.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// `None`: the whole installation.
    pub organization_id: Option<i64>,
    pub action: Option<&'static str>,
    /// The whole name of the actor.
    pub actor: Option<String>,
    /// The whole email address of the actor or the target.
    pub person: Option<String>,
    pub from: Option<Time>,
    /// Events before this time; the time itself is excluded.
    pub until: Option<Time>,
}

orders! {
    EVENTS, EVENTS_OF_ORGANIZATION within "organization_id = $11",
    rows: "number, at, actor_id, actor, address, action, organization_id, level, scope_id, target_kind, target_id,
                target_name, details, hash",
    from: "audit_event",
    joins: "LEFT JOIN audit_event ON number = page.seek_id",
    only: "(CAST($5 AS TEXT) IS NULL OR action = $5)
           AND (CAST($6 AS TIMESTAMPTZ) IS NULL OR at >= $6) AND (CAST($7 AS TIMESTAMPTZ) IS NULL OR at < $7)
           AND ($8 = '%' OR EXISTS (SELECT 1 FROM audit_event_text t
                                    WHERE t.number = audit_event.number AND t.folded_text LIKE $8 ESCAPE '!'))
           AND (CAST($9 AS TEXT) IS NULL OR actor = $9)
           AND (CAST($10 AS TEXT) IS NULL OR actor = $10 OR target_name = $10)",
    id: "number",
    "at" => Number "number",
}

/// Events in the order of their numbers, which is also the order of their times. The search covers actor, address,
/// action, target and details.
pub async fn list_audit_events(
    on: impl Into<On<'_>>,
    filter: &AuditFilter,
    list: &List,
) -> Result<Slice<AuditEvent>, sqlx::Error> {
    let bind = |query: Query| {
        query
            .bind(filter.action.map(str::to_owned))
            .bind(filter.from)
            .bind(filter.until)
            .bind(list.pattern())
            .bind(filter.actor.clone())
            .bind(filter.person.clone())
    };
    match filter.organization_id {
        None => list.fetch(EVENTS, bind, on).await,
        Some(id) => list.fetch(EVENTS_OF_ORGANIZATION, |query| bind(query).bind(id), on).await,
    }
}

pub async fn count_audit_events(
    on: impl Into<On<'_>>,
    filter: &AuditFilter,
    list: &List,
) -> Result<Total, sqlx::Error> {
    let count = sql("SELECT COUNT(*) FROM (SELECT 1 FROM audit_event
         WHERE (CAST($1 AS BIGINT) IS NULL OR organization_id = $1) AND (CAST($2 AS TEXT) IS NULL OR action = $2)
           AND (CAST($3 AS TIMESTAMPTZ) IS NULL OR at >= $3) AND (CAST($4 AS TIMESTAMPTZ) IS NULL OR at < $4)
           AND ($5 = '%' OR EXISTS (SELECT 1 FROM audit_event_text t
                                    WHERE t.number = audit_event.number AND t.folded_text LIKE $5 ESCAPE '!'))
           AND (CAST($6 AS TEXT) IS NULL OR actor = $6)
           AND (CAST($7 AS TEXT) IS NULL OR actor = $7 OR target_name = $7)
         LIMIT $8) counted")
    .bind(filter.organization_id)
    .bind(filter.action.map(str::to_owned))
    .bind(filter.from)
    .bind(filter.until)
    .bind(list.pattern())
    .bind(filter.actor.clone())
    .bind(filter.person.clone());
    Total::fetch(count, on).await
}
