//! Writes the audit log: in the transaction of what it tells about, so that neither exists without the other.
//!
//! Each event's hash covers the one before it. Call [`record`] last before the commit: it takes the lock that puts
//! events in order.

pub mod chain;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use testkeep_domain::permission::Level;
use testkeep_store::Tx;
use testkeep_store::audit::{self, AuditEvent};
use testkeep_store::scope::ACCOUNT;

use super::authorized::{Actor, Authorized};
use crate::Error;
use crate::access::Scope;

/// What happened, to whom or what.
#[derive(Debug)]
#[must_use = "an event is nothing until it is recorded"]
pub struct Event {
    action: &'static str,
    level: Level,
    scope_id: i64,
    organization_id: Option<i64>,
    target_kind: &'static str,
    target_id: Option<i64>,
    target_name: String,
    details: Map<String, Value>,
}

impl Event {
    /// To the installation or somebody's account.
    pub fn new(action: &'static str, kind: &'static str, id: Option<i64>, name: impl Into<String>) -> Self {
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

    /// To a place itself.
    pub fn of(action: &'static str, scope: &Scope) -> Self {
        Self::new(action, scope.level.as_str(), Some(scope.id), scope.name.clone()).at(scope)
    }

    /// Within a place.
    pub fn at(self, scope: &Scope) -> Self {
        Self { level: scope.level, scope_id: scope.id, organization_id: scope.organization_id, ..self }
    }

    pub fn detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }
}

pub async fn record<T>(
    tx: &mut Tx,
    may: &Authorized<T>,
    event: Event,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    record_all(tx, may, vec![event], now).await
}

/// In this order.
pub async fn record_all<T>(
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
    for event in events {
        number += 1;
        let mut row = row_of(event, may.actor(), number, now);
        row.hash = chain::hash(&hash, &row);
        audit::create_audit_event(tx, &row).await?;
        hash = row.hash;
    }
    Ok(audit::update_audit_head(tx, number, &hash).await?)
}

fn row_of(event: Event, actor: &Actor, number: i64, now: DateTime<Utc>) -> AuditEvent {
    AuditEvent {
        number,
        at: now,
        actor_id: actor.user_id,
        actor: actor.name.clone(),
        address: actor.address.map(|address| address.to_string()),
        action: event.action.into(),
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
