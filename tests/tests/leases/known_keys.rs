//! API keys that a server knows from an earlier request: they hold no longer than their rows, on all servers.

use serde_json::json;
use testkeep_store::sql;
use testkeep_tests::api::{Caller, Database, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::people::Person;

use crate::program::{Program, api_key, crew, engine, release, renew};

const KEYS: &str = "/api/v2/me/api-keys";

/// A lease by a key that the server knows: the second request with it, and all later ones.
async fn known(key: &Caller, organization: i64) -> i64 {
    let program = engine(key, organization, "agent");
    assert_eq!(program.check_out().await.status, 200);
    let again = program.check_out().await;
    assert_eq!(again.status, 200, "{}", again.body);
    again.body["id"].as_i64().unwrap()
}

/// Whatever is asked with the key is refused, as if it had never been known.
async fn assert_refused(key: &Caller, organization: i64, lease: i64) {
    let check_out = engine(key, organization, "another").check_out().await;
    let by_name = key.delete("/api/v2/leases?machine_id=agent&session_id=agent").await;
    for answer in [check_out, renew(key, lease).await, release(key, lease).await, by_name] {
        assert_eq!((answer.status, answer.code()), (401, "unauthorized"), "{}", answer.body);
    }
}

async fn revoke_all(person: &Person) {
    let keys = person.get(KEYS).await.body;
    for key in keys["items"].as_array().unwrap() {
        assert_eq!(person.delete(&format!("{KEYS}/{}", key["id"])).await.status, 204);
    }
}

on_both_databases!(a_revoked_key_gets_nothing, |server| {
    let (_owner, organization, people) = crew(&server, 1).await;
    let key = api_key(&server, &people[0]).await;
    let lease = known(&key, organization).await;
    revoke_all(&people[0]).await;
    assert_refused(&key, organization, lease).await;
    // The seat is the person's, not the key's: another key of theirs goes on with it.
    let other = api_key(&server, &people[0]).await;
    assert_eq!(renew(&other, lease).await.status, 200);
    server.stop().await;
});

on_both_databases!(a_row_that_another_program_changed_counts, |server| {
    let (_owner, organization, people) = crew(&server, 1).await;
    let key = api_key(&server, &people[0]).await;
    let lease = known(&key, organization).await;
    let mut tx = server.app.db.begin().await.unwrap();
    sql("DELETE FROM api_key").execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_refused(&key, organization, lease).await;
    server.stop().await;
});

on_both_databases!(a_key_expires_although_it_is_known, |server| {
    let (_owner, organization, people) = crew(&server, 1).await;
    let made = people[0].post(KEYS, &json!({ "name": "short", "expires_in_days": 1 })).await;
    let key = Caller::signed_in(&server.url, made.body["key"].as_str().map(Into::into));
    server.forward(chrono::Duration::hours(24) - chrono::Duration::minutes(2));
    let lease = known(&key, organization).await;
    server.forward(chrono::Duration::minutes(2));
    assert_refused(&key, organization, lease).await;
    server.stop().await;
});

on_both_databases!(a_person_who_may_not_sign_in_gets_nothing, |server| {
    let (owner, organization, people) = crew(&server, 2).await;
    let closed = api_key(&server, &people[0]).await;
    let removed = api_key(&server, &people[1]).await;
    let leases = [known(&closed, organization).await, known(&removed, organization).await];
    let user = |id: i64| format!("/api/v2/accounts/1/users/{id}");
    let answer = owner.patch(&user(people[0].id), &json!({ "password_sign_in": false })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(owner.delete(&user(people[1].id)).await.status, 204);
    assert_refused(&closed, organization, leases[0]).await;
    assert_refused(&removed, organization, leases[1]).await;
    server.stop().await;
});

// A program that names no organization is answered with the organizations of its person.
on_both_databases!(organizations_are_not_told_by_a_revoked_key, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    let second = owner.organization("Linkers").await;
    server.join(people[0].id, second, "member").await;
    let key = api_key(&server, &people[0]).await;
    known(&key, organization).await;
    let unnamed = Program { organization: 0, ..engine(&key, organization, "agent") };
    assert_eq!(unnamed.check_out_with("organization_id", json!(null)).await.status, 422);
    known(&key, organization).await;
    revoke_all(&people[0]).await;
    assert_eq!(unnamed.check_out_with("organization_id", json!(null)).await.status, 401);
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_revoked_on_one_server_gets_nothing_on_the_other() {
    let server = TestServer::start(Database::Postgres).await;
    let (_owner, organization, people) = crew(&server, 1).await;
    let beside = server.start_beside().await;
    let key = api_key(&server, &people[0]).await;
    let key_beside = Caller::signed_in(&beside.url, key.bearer.clone());
    let lease = known(&key, organization).await;
    known(&key_beside, organization).await;
    revoke_all(&people[0]).await;
    assert_refused(&key_beside, organization, lease).await;
    beside.stop().await;
    server.stop().await;
}

// In one batch, the orders of those whose keys hold are done, and the others are refused.
on_both_databases!(one_revoked_key_spoils_no_batch, |server| {
    let (_owner, organization, people) = crew(&server, 4).await;
    let mut keys = Vec::new();
    for person in &people {
        let key = api_key(&server, person).await;
        let lease = known(&key, organization).await;
        assert_eq!(release(&key, lease).await.status, 204);
        keys.push(key);
    }
    revoke_all(&people[2]).await;
    let names: Vec<String> = (0..keys.len()).map(|number| format!("batched-{number}")).collect();
    let programs: Vec<_> =
        keys.iter().zip(&names).map(|(key, name)| engine(key, organization, name)).collect();
    let answers = futures_util::future::join_all(programs.iter().map(Program::check_out)).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 401, 200]);
    for (number, answer) in answers.iter().enumerate().filter(|(number, _)| *number != 2) {
        assert_eq!(answer.body["machine_id"], names[number].as_str());
    }
    server.stop().await;
});
