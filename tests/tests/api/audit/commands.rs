//! The two commands that read the log on the server machine.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkeep_store::audit::AuditEvent;
use testkeep_store::sql;
use testkeep_tests::api::{Database, EMAIL, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::programs::{run_server_program, server_program};

use super::{record_many, run};

fn audit(server: &TestServer, command: &str) -> Output {
    let file = server.config_file();
    run_server_program(&["audit", command, "--config", file.to_str().unwrap()], "")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

on_both_databases!(the_command_verifies_while_the_server_runs, |server| {
    let empty = audit(&server, "verify");
    assert_eq!((empty.status.code(), text(&empty.stdout).starts_with("0 events")), (Some(0), true));
    server.set_up().await;
    let rows = record_many(&server).await;
    let last = rows.last().unwrap();
    let fine = audit(&server, "verify");
    assert_eq!(fine.status.code(), Some(0), "{}", text(&fine.stderr));
    let words = format!("{} events, intact. Last hash: {}\n", last.number, hex::encode(&last.hash));
    assert_eq!(text(&fine.stdout), words);
    run(&server, sql("UPDATE audit_event SET actor = 'somebody else' WHERE number = 17")).await;
    let broken = audit(&server, "verify");
    assert_eq!((broken.status.code(), text(&broken.stdout)), (Some(1), String::new()));
    let said = text(&broken.stderr);
    assert!(said.contains("broken at event 17: it was changed") && said.contains("backup"), "{said}");
    server.stop().await;
});

on_both_databases!(an_export_can_be_verified_by_anybody, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let made = owner.post("/api/v2/organizations", &json!({ "name": "“Q” \"quoted\"\n" })).await;
    assert_eq!(made.status, 422, "control characters");
    owner.post("/api/v2/organizations", &json!({ "name": "“Q” \"quoted\" ☃" })).await;
    owner.patch("/api/v2/me", &json!({ "time_zone": "Europe/London" })).await;
    let rows = record_many(&server).await;
    let output = audit(&server, "export");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let lines = text(&output.stdout);
    assert_eq!(lines.lines().count(), rows.len());
    let mut before = Vec::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let read: Value = serde_json::from_str(line).unwrap();
        assert_eq!(read["number"], number, "oldest first");
        before = documented_hash(&before, line);
        assert_eq!(read["hash"], hex::encode(&before), "{line}");
    }
    let sign_in = lines.lines().find(|line| line.contains(r#""action":"sign_in""#)).unwrap();
    assert!(sign_in.contains(&format!(r#""actor":"{EMAIL}","address":"127.0.0.1""#)), "{sign_in}");
    server.stop().await;
});

/// The hash as docs/audit-log.md describes it, computed from the export alone.
pub(super) fn documented_hash(before: &[u8], line: &str) -> Vec<u8> {
    let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(line).unwrap();
    let order = "number at actor_id actor address action organization_id level scope_id target_kind target_id \
                 target_name details";
    let mut sha = Sha256::new();
    sha.update(before);
    for name in order.split(' ') {
        let text = match fields[name].get() {
            "null" => String::new(),
            text if text.starts_with('"') => serde_json::from_str(text).unwrap(),
            verbatim => verbatim.to_owned(),
        };
        sha.update((text.len() as u64).to_be_bytes());
        sha.update(text);
    }
    sha.finalize().to_vec()
}

pub(super) fn exported(row: &AuditEvent) -> String {
    let details: Value = serde_json::from_str(&row.details).unwrap();
    let line = json!({
        "number": row.number, "at": row.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "actor_id": row.actor_id, "actor": row.actor, "address": row.address, "action": row.action,
        "organization_id": row.organization_id, "level": row.level, "scope_id": row.scope_id,
        "target_kind": row.target_kind, "target_id": row.target_id, "target_name": row.target_name,
        "details": details,
    });
    line.to_string()
}

/// `audit export … | head -1`
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_may_stop_early() {
    let server = TestServer::start(Database::Sqlite).await;
    record_many(&server).await;
    let mut child = Command::new(server_program())
        .args(["audit", "export", "--config"])
        .arg(server.config_file())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("{\"number\":1,"), "{first}");
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_makes_no_database() {
    let server = TestServer::start(Database::Sqlite).await;
    let file = server.config_file();
    let folder = server.stop_keeping_files().await;
    std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    for command in ["verify", "export"] {
        let output = run_server_program(&["audit", command, "--config", file.to_str().unwrap()], "");
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        assert!(text(&output.stderr).contains("testkeep.db"), "{}", text(&output.stderr));
    }
    assert!(!folder.path().join("data").exists());
}
