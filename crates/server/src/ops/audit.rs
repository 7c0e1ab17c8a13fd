//! Writes the audit log: in the transaction of what it tells about, so that neither exists without the other.
//!
//! Each event's hash covers the one before it. Call [`record`] last before the commit: it takes the lock that puts
//! events in order.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use testkeep_domain::permission::Level;
use testkeep_store::audit::{self, AuditEvent};
use testkeep_store::scope::ACCOUNT;
use testkeep_store::{Db, Tx};

use super::authorized::{Actor, Authorized};
use crate::Error;
use crate::access::Scope;

/// What happened, to whom or what.
#[derive(Debug)]
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
        row.hash = chain(&hash, &row);
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

/// SHA-256 over the hash before and every field, each with its length before it.
fn chain(before: &[u8], event: &AuditEvent) -> Vec<u8> {
    let number = |value: Option<i64>| value.map_or(String::new(), |value| value.to_string());
    let fields = [
        event.number.to_string(),
        event.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        number(event.actor_id),
        event.actor.clone(),
        event.address.clone().unwrap_or_default(),
        event.action.clone(),
        number(event.organization_id),
        event.level.clone(),
        event.scope_id.to_string(),
        event.target_kind.clone(),
        number(event.target_id),
        event.target_name.clone(),
        event.details.clone(),
    ];
    let mut sha = Sha256::new();
    sha.update(before);
    for field in fields {
        sha.update((field.len() as u64).to_be_bytes());
        sha.update(field.as_bytes());
    }
    sha.finalize().to_vec()
}

/// What a verification found.
#[derive(Debug, PartialEq, Eq)]
pub enum Verification {
    /// How many events, and the last one's hash: to be noted elsewhere and compared later.
    Intact {
        events: i64,
        hash: String,
    },
    Broken {
        number: i64,
        problem: &'static str,
    },
}

const PART: i64 = 1000;

/// Reads the whole log, a part at a time.
pub async fn verify(db: &Db) -> Result<Verification, Error> {
    let (mut number, mut hash) = (0, Vec::new());
    // Before the events: more may be written meanwhile.
    let head = audit::find_audit_head(db).await?;
    loop {
        let events = audit::list_audit_events_after(db, number, PART).await?;
        if events.is_empty() {
            break;
        }
        for event in events {
            if event.number != number + 1 {
                return Ok(Verification::Broken { number: number + 1, problem: "it is missing" });
            }
            if chain(&hash, &event) != event.hash {
                let problem = "it was changed, or the one before it";
                return Ok(Verification::Broken { number: event.number, problem });
            }
            (number, hash) = (event.number, event.hash);
        }
    }
    match head {
        Some(head) if head.number > number => {
            Ok(Verification::Broken { number: number + 1, problem: "it is missing, and all after it" })
        }
        _ => Ok(Verification::Intact { events: number, hash: hex::encode(hash) }),
    }
}
