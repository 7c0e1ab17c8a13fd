//! `audit verify` and `audit export`: read the audit log on the server machine, whether or not the server runs.
//!
//! They open the database without changing its schema. The export writes one audit event, which is then the newest.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

use chrono::SecondsFormat;
use clap::Subcommand;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use testkeep_domain::Clock;
use testkeep_domain::config::DatabaseConfig;
use testkeep_store::Db;
use testkeep_store::audit::{AuditEvent, list_audit_events_after};

use super::{ConfigFile, Failure, print, root, say};
use crate::app::{open_database, read_config};
use crate::ops::audit::chain::{PART, Verification, verify};
use crate::ops::audit::record_export;
use crate::ops::authorized::Authorized;

#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// Check that no event was changed, deleted, added or moved; prints the number of events and the last hash.
    Verify(ConfigFile),
    /// Print all events, oldest first, one JSON object a line.
    Export(ConfigFile),
}

impl AuditCommand {
    pub(super) fn config(&self) -> &Path {
        let (Self::Verify(file) | Self::Export(file)) = self;
        &file.config
    }

    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Verify(file) => print_verification(&open(&file.config).await?).await,
            Self::Export(file) => export(&open(&file.config).await?).await,
        }
    }
}

async fn open(config: &Path) -> Result<Db, Failure> {
    let (config, layout) = read_config(config)?;
    root::trust(&layout)?;
    let file = layout.database_file();
    if matches!(config.database, DatabaseConfig::BuiltIn) && !file.is_file() {
        return Err(Failure::Refused(format!(
            "There is no database {}. Start the server once, or restore the file.",
            file.display()
        )));
    }
    Ok(open_database(&config, &layout).await?)
}

async fn print_verification(db: &Db) -> Result<ExitCode, Failure> {
    let verification = verify(db).await?;
    db.close().await;
    match verification {
        Verification::Intact { events: 0, .. } => print("0 events: nothing was recorded yet.\n"),
        Verification::Intact { events, hash } => {
            let noun = if events == 1 { "event" } else { "events" };
            print(&format!("{events} {noun}, intact. Last hash: {hash}\n"))
        }
        Verification::Broken { number, problem } => Err(Failure::Failed(format!(
            "The audit log is broken at event {number}: {problem}. The events before it are intact. Keep a copy of \
             the database, and compare it with a backup or an earlier export to see what was there."
        ))),
    }
}

async fn export(db: &Db) -> Result<ExitCode, Failure> {
    let mut out = BufWriter::new(std::io::stdout());
    let (mut count, mut newest) = (0, None::<AuditEvent>);
    loop {
        let after = newest.as_ref().map_or(i64::MIN, |newest| newest.number);
        let mut events = list_audit_events_after(db, after, PART).await.map_err(crate::Error::from)?;
        if events.is_empty() {
            break;
        }
        count += events.len() as u64;
        let written = events.iter().try_for_each(|event| writeln!(out, "{}", line(event)?));
        match written.and_then(|()| out.flush()) {
            Ok(()) => {}
            // The program that reads the output has closed it.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                newest = events.pop();
                break;
            }
            Err(error) => return Err(Failure::Failed(format!("Cannot write the export: {error}"))),
        }
        newest = events.pop();
    }
    let recorded =
        record_export(db, &Authorized::at_the_console(), count, newest.as_ref(), Clock::system().now()).await;
    if let Err(error) = recorded {
        // The export also works when the database is read-only or of another version.
        say(&format!("testkeep-server: the export is missing in the audit log itself: {error}"));
    }
    db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// All fields that the hash covers, in its order (docs/audit-log.md).
#[derive(Serialize)]
struct Line<'a> {
    number: i64,
    at: String,
    actor_id: Option<i64>,
    actor: &'a str,
    address: Option<&'a str>,
    action: &'a str,
    organization_id: Option<i64>,
    level: &'a str,
    scope_id: i64,
    target_kind: &'a str,
    target_id: Option<i64>,
    target_name: &'a str,
    details: Box<RawValue>,
    hash: String,
}

fn line(event: &AuditEvent) -> Result<String, serde_json::Error> {
    // Exactly as it was hashed. If somebody has changed it to invalid JSON, it is exported as a text.
    let details = RawValue::from_string(event.details.clone()).or_else(|_| to_raw_value(&event.details))?;
    serde_json::to_string(&Line {
        number: event.number,
        at: event.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        actor_id: event.actor_id,
        actor: &event.actor,
        address: event.address.as_deref(),
        action: &event.action,
        organization_id: event.organization_id,
        level: &event.level,
        scope_id: event.scope_id,
        target_kind: &event.target_kind,
        target_id: event.target_id,
        target_name: &event.target_name,
        details,
        hash: hex::encode(&event.hash),
    })
}
