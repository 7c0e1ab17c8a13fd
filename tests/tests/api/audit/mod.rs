//! The audit log's chain: every change to an event that bypasses the server is found.

mod actions;
mod commands;

use commands::{documented_hash, exported};
use serde_json::{Value, json};
use std::slice::from_ref;
use testkeep_domain::audit::AuditAction;
use testkeep_server::testing::Authorized;
use testkeep_server::testing::Change;
use testkeep_server::testing::Event;
use testkeep_server::testing::{Verification, verify_audit_log};
use testkeep_store::audit::{AuditEvent, create_audit_events, list_audit_events_after, update_audit_head};
use testkeep_store::query::Query;
use testkeep_store::sql;
use testkeep_tests::api::{Caller, Database, PASSWORD, TestServer, start_of_time};
use testkeep_tests::on_both_databases;

/// The events as the account's Owner sees them.
pub(crate) async fn newest_events(owner: &Caller, count: usize) -> Vec<Value> {
    let answer = owner.get(&format!("/api/v2/accounts/1/audit-events?page_size={count}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["items"].as_array().unwrap().clone()
}

/// More events than the server reads at a time.
const MANY: i64 = 1_010;

async fn record_many(server: &TestServer) -> Vec<AuditEvent> {
    let events = (0..MANY).map(|number| {
        Event::new(AuditAction::SignIn, "user", Some(number), format!("person {number} “é”"))
            .detail("number", number)
            .detail("again", json!({ "z": [1, null], "a": "…" }))
    });
    let mut change = Change::of(&server.app, Authorized::at_the_console()).await.unwrap();
    change.record_all(events);
    change.commit().await.unwrap();
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
        create_audit_events(&mut tx, from_ref(row)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_intact(server).await;
}

async fn assert_intact(server: &TestServer) {
    let found = verify_audit_log(&server.app.db).await.unwrap();
    let rows = rows(server).await;
    let last = rows.last().unwrap();
    assert_eq!(found, Verification::Intact { events: last.number, hash: hex::encode(&last.hash) });
    assert_eq!(rows.len(), usize::try_from(last.number).unwrap(), "no number is left out");
}

async fn assert_broken(server: &TestServer, at: i64, words: &str) {
    match verify_audit_log(&server.app.db).await.unwrap() {
        Verification::Broken { number, problem } => {
            assert_eq!(number, at, "{problem}");
            assert!(problem.contains(words), "{problem}");
        }
        Verification::Intact { events, .. } => panic!("nothing was found in {events} events"),
    }
}

on_both_databases!(an_untouched_log_is_intact, |server| {
    assert_eq!(
        verify_audit_log(&server.app.db).await.unwrap(),
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
                .bind(start_of_time() - chrono::Duration::seconds(1)),
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

// Whole rows in another order, with or without their hashes.
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
                create_audit_events(&mut tx, from_ref(row)).await.unwrap();
            }
            tx.commit().await.unwrap();
            assert_broken(&server, first, "not written after the one before it").await;
            put_back(&server, &[at(first), at(second)]).await;
        }
    }
    server.stop().await;
});

// A person who can compute the hashes, but does not change the end of the chain.
on_both_databases!(an_added_or_rewritten_event_is_found, |server| {
    let rows = record_many(&server).await;
    let last = rows.last().unwrap();
    let mut forged = AuditEvent { number: 0, ..last.clone() };
    let add = |row: AuditEvent| {
        let db = server.app.db.clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            create_audit_events(&mut tx, from_ref(&row)).await.unwrap();
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
    assert_broken(&server, last.number, "rewritten").await;
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

/// The embedded database stores values of any type.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_is_named() {
    let server = TestServer::start(Database::Sqlite).await;
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
            let found = verify_audit_log(&server.app.db).await.unwrap();
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
