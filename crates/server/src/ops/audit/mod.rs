//! Writes the audit log. An event is written in the transaction of the change that it records, so that neither exists
//! without the other.
//!
//! Each event's hash covers the event before it. [`crate::ops::change::Change`] writes its events as the last step
//! before the commit, because writing takes the lock that puts all events in order.

pub(crate) mod chain;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::permission::Level;
use testkeep_store::audit::{self, AuditEvent};
use testkeep_store::scopes::scope::ACCOUNT;
use testkeep_store::{Db, Tx};

use crate::Error;
use crate::identity::access::Scope;
use crate::ops::authorized::{Actor, Authorized, Installation};

/// One audit event: the action, and the person or thing it was done to.
#[derive(Debug)]
#[must_use = "an event is nothing until it is recorded"]
pub struct Event {
    action: AuditAction,
    level: Level,
    scope_id: i64,
    organization_id: Option<i64>,
    target_kind: &'static str,
    target_id: Option<i64>,
    target_name: String,
    details: Map<String, Value>,
}

impl Event {
    /// The target is the installation or somebody's account.
    pub fn new(action: AuditAction, kind: &'static str, id: Option<i64>, name: impl Into<String>) -> Self {
        Self {
            action,
            level: Level::Account,
            scope_id: ACCOUNT,
            organization_id: None,
            target_kind: kind,
            target_id: id,
            target_name: name.into(),
            details: Map::new(),
        }
    }

    /// The target is a scope itself.
    pub fn of(action: AuditAction, scope: &Scope) -> Self {
        Self::new(action, scope.level.as_str(), Some(scope.id), scope.name.clone()).at(scope)
    }

    /// Adds the scope in which the event happened.
    pub fn at(self, scope: &Scope) -> Self {
        Self { level: scope.level, scope_id: scope.id, organization_id: scope.organization_id, ..self }
    }

    /// Adds the organization in which the event happened, when only its id is available.
    pub fn in_organization(self, id: i64) -> Self {
        Self { level: Level::Organization, scope_id: id, organization_id: Some(id), ..self }
    }

    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }
}

/// Writes the events in the order given.
pub(super) async fn record_all<T>(
    tx: &mut Tx,
    may: &Authorized<T>,
    events: Vec<Event>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let head = audit::lock_audit_head(tx).await?;
    let (mut number, mut hash) = (head.number, head.hash);
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        number += 1;
        let mut row = row_of(event, may.actor(), number, now);
        row.hash = chain::hash(&hash, &row);
        hash.clone_from(&row.hash);
        rows.push(row);
    }
    audit::create_audit_events(tx, &rows).await?;
    Ok(audit::update_audit_head(tx, number, &hash).await?)
}

/// Records that the log was exported at the console; `last` is the last exported event. Uses only the database, whose
/// schema may belong to another version of the server.
pub(crate) async fn record_export(
    db: &Db,
    may: &Authorized<Installation>,
    events: u64,
    last: Option<&AuditEvent>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    let hash = last.map(|last| hex::encode(&last.hash)).unwrap_or_default();
    let event = Event::new(AuditAction::ExportAuditLog, "audit log", None, "audit log")
        .detail("events", events)
        .detail("last_hash", hash);
    record_all(&mut tx, may, vec![event], now).await?;
    Ok(tx.commit().await?)
}

fn row_of(event: Event, actor: &Actor, number: i64, now: DateTime<Utc>) -> AuditEvent {
    AuditEvent {
        number,
        at: now,
        actor_id: actor.user_id,
        actor: actor.name.clone(),
        address: actor.address.map(|address| address.to_string()),
        action: event.action.as_str().into(),
        organization_id: event.organization_id,
        level: event.level.as_str().into(),
        scope_id: event.scope_id,
        target_kind: event.target_kind.into(),
        target_id: event.target_id,
        target_name: event.target_name,
        details: Value::Object(event.details).to_string(),
        hash: Vec::new(),
    }
}
