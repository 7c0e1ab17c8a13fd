//! The audit log: its chain, and the two commands that read it on the server machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkeep_server::ops::audit::chain::{Verification, verify};
use testkeep_server::ops::audit::{Event, record_all};
use testkeep_server::ops::authorized::Authorized;
use testkeep_store::audit::{AuditEvent, create_audit_event, list_audit_events_after, update_audit_head};
use testkeep_store::query::Query;
use testkeep_store::sql;
use testkeep_tests::api::{Caller, EMAIL, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::programs::{run_server_program, server_program};

/// As the account's Owner sees them.
pub(crate) async fn newest_events(owner: &Caller, count: usize) -> Vec<Value> {
    let answer = owner.get(&format!("/api/v2/accounts/1/audit-events?page_size={count}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["items"].as_array().unwrap().clone()
}

/// More events than are read at a time.
const MANY: i64 = 1_010;

async fn record_many(server: &TestServer) -> Vec<AuditEvent> {
    let mut tx = server.app.db.begin().await.unwrap();
    let events = (0..MANY).map(|number| {
        Event::new("test", "user", Some(number), format!("person {number} “é”"))
            .detail("number", number)
            .detail("again", json!({ "z": [1, null], "a": "…" }))
    });
    let may = Authorized::at_the_console();
    record_all(&mut tx, &may, events.collect(), server.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    rows(server).await
}

async fn rows(server: &TestServer) -> Vec<AuditEvent> {
    list_audit_events_after(&server.app.db, i64::MIN, 10_000).await.unwrap()
}

async fn run(server: &TestServer, statement: Query) {
    let mut tx = server.app.db.begin().await.unwrap();
    assert!(statement.execute(&mut tx).await.unwrap() > 0, "the tampering touches something");
    tx.commit().await.unwrap();
}

async fn put_back(server: &TestServer, rows: &[AuditEvent]) {
    let mut tx = server.app.db.begin().await.unwrap();
    for row in rows {
        sql("DELETE FROM audit_event WHERE number = $1").bind(row.number).execute(&mut tx).await.unwrap();
        create_audit_event(&mut tx, row).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_intact(server).await;
}

async fn assert_intact(server: &TestServer) {
    let found = verify(&server.app.db).await.unwrap();
    let rows = rows(server).await;
    let last = rows.last().unwrap();
    assert_eq!(found, Verification::Intact { events: last.number, hash: hex::encode(&last.hash) });
    assert_eq!(rows.len(), usize::try_from(last.number).unwrap(), "no number is left out");
}

async fn assert_broken(server: &TestServer, at: i64, words: &str) {
    match verify(&server.app.db).await.unwrap() {
        Verification::Broken { number, problem } => {
            assert_eq!(number, at, "{problem}");
            assert!(problem.contains(words), "{problem}");
        }
        Verification::Intact { events, .. } => panic!("nothing was found in {events} events"),
    }
}

on_both_databases!(an_untouched_log_is_intact, |server| {
    assert_eq!(
        verify(&server.app.db).await.unwrap(),
        Verification::Intact { events: 0, hash: String::new() }
    );
    record_many(&server).await;
    assert_intact(&server).await;
    server.stop().await;
});

on_both_databases!(a_changed_field_is_found, |server| {
    let rows = record_many(&server).await;
    for (number, change) in [
        (1, sql("UPDATE audit_event SET action = 'nothing' WHERE number = 1")),
        (999, sql("UPDATE audit_event SET actor = 'somebody else' WHERE number = 999")),
        (1000, sql("UPDATE audit_event SET actor_id = 7 WHERE number = 1000")),
        (1001, sql("UPDATE audit_event SET address = '10.0.0.1' WHERE number = 1001")),
        (1002, sql("UPDATE audit_event SET details = '{}' WHERE number = 1002")),
        (1003, sql("UPDATE audit_event SET target_name = target_name || ' ' WHERE number = 1003")),
        (1004, sql("UPDATE audit_event SET target_id = NULL WHERE number = 1004")),
        (1005, sql("UPDATE audit_event SET organization_id = 5 WHERE number = 1005")),
        (1006, sql("UPDATE audit_event SET scope_id = 2, level = 'team' WHERE number = 1006")),
        (1007, sql("UPDATE audit_event SET target_kind = 'team' WHERE number = 1007")),
        (
            1008,
            sql("UPDATE audit_event SET at = $1 WHERE number = 1008")
                .bind(testkeep_tests::api::start_of_time() - chrono::Duration::seconds(1)),
        ),
        (1010, sql("UPDATE audit_event SET hash = $1 WHERE number = 1010").bind(&[7_u8; 32][..])),
    ] {
        run(&server, change).await;
        assert_broken(&server, number, "it was changed").await;
        put_back(&server, &rows[usize::try_from(number).unwrap() - 1..][..1]).await;
    }
    server.stop().await;
});

on_both_databases!(a_deleted_event_is_found, |server| {
    let rows = record_many(&server).await;
    for number in [1, 1000, 1001, 1009] {
        run(&server, sql("DELETE FROM audit_event WHERE number = $1").bind(number)).await;
        assert_broken(&server, number, "it is missing").await;
        put_back(&server, &rows[usize::try_from(number).unwrap() - 1..][..1]).await;
    }
    server.stop().await;
});

on_both_databases!(a_deleted_end_is_found, |server| {
    let rows = record_many(&server).await;
    for first in [1010, 1008, 1001, 1] {
        run(&server, sql("DELETE FROM audit_event WHERE number >= $1").bind(first)).await;
        assert_broken(&server, first, "and all events after it").await;
        put_back(&server, &rows[usize::try_from(first).unwrap() - 1..]).await;
    }
    server.stop().await;
});

// Whole rows in another order, with their hashes or without.
on_both_databases!(swapped_events_are_found, |server| {
    let rows = record_many(&server).await;
    for (first, second) in [(10_i64, 11_i64), (999, 1002)] {
        for keep_hashes in [false, true] {
            let at = |number: i64| rows[usize::try_from(number).unwrap() - 1].clone();
            let (mut left, mut right) = (at(first), at(second));
            std::mem::swap(&mut left.number, &mut right.number);
            if keep_hashes {
                std::mem::swap(&mut left.hash, &mut right.hash);
            }
            let mut tx = server.app.db.begin().await.unwrap();
            for row in [&left, &right] {
                sql("DELETE FROM audit_event WHERE number = $1")
                    .bind(row.number)
                    .execute(&mut tx)
                    .await
                    .unwrap();
                create_audit_event(&mut tx, row).await.unwrap();
            }
            tx.commit().await.unwrap();
            assert_broken(&server, first, "not written after the one before it").await;
            put_back(&server, &[at(first), at(second)]).await;
        }
    }
    server.stop().await;
});

// Somebody who knows how hashes are made, and forgets the end of the chain.
on_both_databases!(an_added_or_rewritten_event_is_found, |server| {
    let rows = record_many(&server).await;
    let last = rows.last().unwrap();
    let mut forged = AuditEvent { number: 0, ..last.clone() };
    let add = |row: AuditEvent| {
        let db = server.app.db.clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            create_audit_event(&mut tx, &row).await.unwrap();
            tx.commit().await.unwrap();
        }
    };
    add(forged.clone()).await;
    assert_broken(&server, 0, "added before the first").await;
    run(&server, sql("DELETE FROM audit_event WHERE number = 0")).await;
    forged.number = last.number + 1;
    forged.hash = documented_hash(&last.hash, &exported(&forged));
    add(forged.clone()).await;
    assert_broken(&server, forged.number, "added behind the end").await;
    run(&server, sql("DELETE FROM audit_event WHERE number = $1").bind(forged.number)).await;
    forged.number = last.number;
    forged.actor = "somebody else".into();
    forged.hash = documented_hash(&rows[rows.len() - 2].hash, &exported(&forged));
    run(&server, sql("DELETE FROM audit_event WHERE number = $1").bind(last.number)).await;
    add(forged).await;
    assert_broken(&server, last.number, "written anew").await;
    put_back(&server, &rows[rows.len() - 1..]).await;
    run(&server, sql("DELETE FROM audit_head")).await;
    assert_broken(&server, 1, "added behind the end").await;
    let mut tx = server.app.db.begin().await.unwrap();
    testkeep_store::audit::lock_audit_head(&mut tx).await.unwrap();
    update_audit_head(&mut tx, last.number, &last.hash).await.unwrap();
    tx.commit().await.unwrap();
    assert_intact(&server).await;
    server.stop().await;
});

/// The embedded database keeps whatever it is given.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_is_named() {
    let server = TestServer::start(testkeep_tests::api::Database::Sqlite).await;
    let rows = record_many(&server).await;
    run(&server, sql("UPDATE audit_event SET at = 'yesterday' WHERE number = 1004")).await;
    assert_broken(&server, 1004, "cannot be read").await;
    put_back(&server, &rows[1003..1004]).await;
    server.stop().await;
}

on_both_databases!(a_burst_of_writes_leaves_one_chain, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    server.crowd(40).await;
    let organization = owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await;
    let path = format!("/api/v2/organizations/{}", organization.body["id"]);
    let before = rows(&server).await.len();
    let sign_ins = futures_util::future::join_all((0..40).map(|number| {
        let server = &server;
        async move { server.sign_in(&format!("person{number}@example.com"), PASSWORD).await.status }
    }));
    let renames = futures_util::future::join_all((0..40).map(|number| {
        let (owner, path) = (&owner, &path);
        async move { owner.patch(path, &json!({ "name": format!("Compilers {number}") })).await.status }
    }));
    let checks = async {
        for _ in 0..10 {
            let found = verify(&server.app.db).await.unwrap();
            assert!(matches!(found, Verification::Intact { .. }), "while it is written to: {found:?}");
        }
    };
    let (sign_ins, renames, ()) = tokio::join!(sign_ins, renames, checks);
    assert!(sign_ins.iter().all(|status| *status == 201), "{sign_ins:?}");
    assert!(renames.iter().all(|status| *status == 200), "{renames:?}");
    assert_intact(&server).await;
    assert_eq!(rows(&server).await.len(), before + 80);
    server.stop().await;
});

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

/// As docs/audit-log.md describes it, from nothing but the export.
fn documented_hash(before: &[u8], line: &str) -> Vec<u8> {
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

fn exported(row: &AuditEvent) -> String {
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
    let server = TestServer::start(testkeep_tests::api::Database::Sqlite).await;
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
    let server = TestServer::start(testkeep_tests::api::Database::Sqlite).await;
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

/// `(file, what follows)` of every place in the server's sources where an event is made.
fn events_made() -> Vec<(String, String)> {
    let mut waiting =
        vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/server/src"))];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for (place, made) in text.match_indices("Event::new(").chain(text.match_indices("Event::of(")) {
                let rest = text[place + made.len()..].trim_start().chars().take(80).collect();
                found.push((path.display().to_string(), rest));
            }
        }
    }
    found
}

#[test]
fn every_action_is_documented() {
    let mut used = BTreeSet::new();
    for (file, rest) in events_made() {
        let name = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        let (name, _) =
            name.unwrap_or_else(|| panic!("{file}: name the action where the event is made: {rest}"));
        used.insert(name.to_owned());
    }
    assert!(used.len() > 30, "the search for events found only {used:?}");
    let page = include_str!("../../../docs/audit-log.md");
    let (_, list) = page.split_once("| Action | When |").unwrap();
    let (list, _) = list.split_once("\n\n").unwrap();
    let documented: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(
        documented,
        used.into_iter().collect::<Vec<_>>(),
        "docs/audit-log.md lists what the server records"
    );
}
