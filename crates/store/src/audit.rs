//! `audit_event` and `audit_head`: written once, in order, never changed. No statement here updates or deletes an event.

use crate::db::On;
use crate::list::List;
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

/// The end of the chain, locked until the transaction ends.
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

pub async fn create_audit_event(tx: &mut Tx, event: &AuditEvent) -> Result<(), sqlx::Error> {
    sql("INSERT INTO audit_event (number, at, actor_id, actor, address, action, organization_id, level, scope_id,
                                  target_kind, target_id, target_name, details, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
    .bind(event.number)
    .bind(event.at)
    .bind(event.actor_id)
    .bind(event.actor.as_str())
    .bind(event.address.clone())
    .bind(event.action.as_str())
    .bind(event.organization_id)
    .bind(event.level.as_str())
    .bind(event.scope_id)
    .bind(event.target_kind.as_str())
    .bind(event.target_id)
    .bind(event.target_name.as_str())
    .bind(event.details.as_str())
    .bind(&event.hash[..])
    .execute(tx)
    .await
    .map(drop)
}

/// Events after `number`, oldest first: for verification, a bounded part at a time.
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

/// What a page of the log is filtered by, beside the search.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// `None`: the whole installation.
    pub organization_id: Option<i64>,
    pub action: Option<String>,
    pub from: Option<Time>,
    /// Up to, not including.
    pub until: Option<Time>,
}

/// Newest first. The search looks at actor, address, action, target and details.
pub async fn list_audit_events(
    on: impl Into<On<'_>>,
    filter: &AuditFilter,
    list: &List,
) -> Result<Vec<AuditEvent>, sqlx::Error> {
    sql("SELECT number, at, actor_id, actor, address, action, organization_id, level, scope_id, target_kind,
                target_id, target_name, details, hash
         FROM audit_event
         WHERE (CAST($1 AS BIGINT) IS NULL OR organization_id = $1) AND (CAST($2 AS TEXT) IS NULL OR action = $2)
           AND (CAST($3 AS TIMESTAMPTZ) IS NULL OR at >= $3) AND (CAST($4 AS TIMESTAMPTZ) IS NULL OR at < $4)
           AND ($5 = '%' OR lower(actor || ' ' || COALESCE(address, '') || ' ' || action || ' ' || target_name || ' '
                                  || details) LIKE $5 ESCAPE '!')
         ORDER BY number DESC LIMIT $6 OFFSET $7")
    .bind(filter.organization_id)
    .bind(filter.action.clone())
    .bind(filter.from)
    .bind(filter.until)
    .bind(list.pattern())
    .bind(list.limit)
    .bind(list.offset)
    .fetch_all(on)
    .await
}

pub async fn count_audit_events(
    on: impl Into<On<'_>>,
    filter: &AuditFilter,
    list: &List,
) -> Result<i64, sqlx::Error> {
    let (count,): (i64,) = sql("SELECT COUNT(*) FROM audit_event
         WHERE (CAST($1 AS BIGINT) IS NULL OR organization_id = $1) AND (CAST($2 AS TEXT) IS NULL OR action = $2)
           AND (CAST($3 AS TIMESTAMPTZ) IS NULL OR at >= $3) AND (CAST($4 AS TIMESTAMPTZ) IS NULL OR at < $4)
           AND ($5 = '%' OR lower(actor || ' ' || COALESCE(address, '') || ' ' || action || ' ' || target_name || ' '
                                  || details) LIKE $5 ESCAPE '!')")
    .bind(filter.organization_id)
    .bind(filter.action.clone())
    .bind(filter.from)
    .bind(filter.until)
    .bind(list.pattern())
    .fetch_one(on)
    .await?;
    Ok(count)
}
