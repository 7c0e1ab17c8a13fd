//! The hash chain through the audit log, and its verification.
//!
//! Each event's hash covers the hash of the event before it, and `audit_head` holds the last hash. So a row that was
//! changed, deleted, inserted or moved breaks the chain (docs/audit-log.md). Must never write.

use chrono::SecondsFormat;
use sha2::{Digest, Sha256};
use testkeep_store::audit::{self, AuditEvent, AuditHead};
use testkeep_store::{Db, StoreError};

use crate::Error;

/// SHA-256 over the previous hash and every field, each with its length in front.
pub(super) fn hash(before: &[u8], event: &AuditEvent) -> Vec<u8> {
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

/// The result of a verification.
#[derive(Debug, PartialEq, Eq)]
pub enum Verification {
    /// Number of events and the last hash: note them elsewhere, to compare them later.
    Intact { events: i64, hash: String },
    /// The first event that differs from what was written.
    Broken { number: i64, problem: &'static str },
}

/// Number of events read at a time.
pub(crate) const PART: i64 = 1000;

/// Reads the whole log, a part at a time. Other transactions may add events meanwhile.
pub async fn verify(db: &Db) -> Result<Verification, Error> {
    let mut last = AuditHead { number: 0, hash: Vec::new() };
    let mut head = find_head(db).await?;
    // Starts at the lowest number, so that a row inserted before the first event is found.
    let (mut after, mut part) = (i64::MIN, PART);
    loop {
        let events = match audit::list_audit_events_after(db, after, part).await {
            Err(StoreError::ColumnDecode { .. }) if part > 1 => {
                part = 1;
                continue;
            }
            Err(StoreError::ColumnDecode { .. }) => return Ok(broken(last.number + 1, "it cannot be read")),
            events => events?,
        };
        if events.is_empty() {
            if head.number > last.number {
                return Ok(broken(last.number + 1, "it is missing, and all events after it"));
            }
            // An event and its head are written together, so a head read after the events is not older than they are.
            head = find_head(db).await?;
            if head.number <= last.number {
                return Ok(conclude(&head, &last));
            }
        }
        for event in events {
            if let Some(broken) = problem(&last, &event) {
                return Ok(broken);
            }
            after = event.number;
            last = AuditHead { number: event.number, hash: event.hash };
        }
    }
}

async fn find_head(db: &Db) -> Result<AuditHead, Error> {
    let nothing = || AuditHead { number: 0, hash: Vec::new() };
    Ok(audit::find_audit_head(db).await?.unwrap_or_else(nothing))
}

fn problem(before: &AuditHead, event: &AuditEvent) -> Option<Verification> {
    let expected = before.number + 1;
    if event.number < expected {
        Some(broken(event.number, "it was added before the first one"))
    } else if event.number > expected {
        Some(broken(expected, "it is missing"))
    } else if hash(&before.hash, event) != event.hash {
        Some(broken(expected, "it was changed, or it was not written after the one before it"))
    } else {
        None
    }
}

fn conclude(head: &AuditHead, last: &AuditHead) -> Verification {
    if head.number < last.number {
        broken(head.number + 1, "it was added behind the end of the log")
    } else if head.hash != last.hash {
        broken(last.number, "it was rewritten: the end of the log has another hash for it")
    } else {
        Verification::Intact { events: last.number, hash: hex::encode(&last.hash) }
    }
}

fn broken(number: i64, problem: &'static str) -> Verification {
    Verification::Broken { number, problem }
}
