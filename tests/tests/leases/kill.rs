//! `kill -9` while seats are taken and given back: every answered request is kept, and no more seats are given than
//! licensed.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use testkeep_domain::Secret;
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_tests::api::Caller;
use testkeep_tests::postgres::{Postgres, USER};
use testkeep_tests::programs::ServerFolder;

use super::program::{product, release};

/// At least this many rounds; more on a slow machine, until enough requests were sent.
const ROUNDS: u64 = 10;
const MOST_ROUNDS: u64 = 60;
const ENOUGH: usize = 100;
const WORKERS: usize = 4;

/// A worker's knowledge about one of its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// A checkout was answered with 200.
    Live,
    /// A release was answered with 204.
    Ended,
    /// The server died before it answered.
    Unknown,
}

/// `None`: the server died before it answered.
async fn try_send(caller: &Caller, request: RequestBuilder) -> Option<Response> {
    request.bearer_auth(caller.bearer.as_ref().unwrap()).send().await.ok()
}

async fn try_post(caller: &Caller, path: &str, body: &Value) -> Option<Value> {
    let answer = try_send(caller, caller.request("POST", path).json(body)).await?;
    assert_eq!(answer.status(), 200);
    answer.json().await.ok()
}

async fn work(caller: Caller, organization: i64, name: String) -> HashMap<String, (Known, i64)> {
    let mut sessions = HashMap::new();
    for number in 0.. {
        let session = format!("{name}-{number}");
        let program = super::program::engine(&caller, organization, &session);
        let Some(granted) = try_post(&caller, "/api/v2/leases", &program.body()).await else {
            sessions.insert(session, (Known::Unknown, 0));
            return sessions;
        };
        let id = granted["id"].as_i64().unwrap();
        // Every second session is kept while the next one is taken.
        if number % 2 == 0 {
            sessions.insert(session, (Known::Live, id));
            continue;
        }
        let kept = format!("{name}-{}", number - 1);
        for (session, id) in [(session, id), (kept.clone(), sessions[&kept].1)] {
            let request = caller.request("DELETE", &format!("/api/v2/leases/{id}"));
            let Some(answer) = try_send(&caller, request).await else {
                sessions.insert(session, (Known::Unknown, id));
                return sessions;
            };
            assert_eq!(answer.status(), 204);
            sessions.insert(session, (Known::Ended, id));
        }
    }
    sessions
}

async fn kill_while_seats_change(database: DatabaseConfig) {
    let folder = ServerFolder::new(database);
    let mut server = folder.start();
    let owner = server.set_up().await;
    // Each worker holds at most two. Unanswered checkouts of an earlier round keep their seats until they are released
    // below.
    let organization = owner.organization("Compilers").await;
    let bigger = testkeep_tests::api::license_by(
        &testkeep_tests::programs::demo_key(),
        testkeep_domain::Clock::system().now(),
        |terms| {
            terms.machine_id = testkeep_tests::programs::machine_id();
            terms.products.get_mut(&testkeep_domain::license::Product::Kre).unwrap().quota = 1000;
        },
    );
    let imported = owner.send(owner.request("POST", "/api/v2/activation").body(bigger)).await;
    assert_eq!(imported.status, 200, "{}", imported.body);
    let (mut answered, mut cut) = (0, 0);
    for round in 0..MOST_ROUNDS {
        if round >= ROUNDS && answered > ENOUGH && cut > 0 {
            break;
        }
        let workers: Vec<_> = (0..WORKERS)
            .map(|number| {
                let caller = Caller::signed_in(&server.url, owner.bearer.clone());
                tokio::spawn(work(caller, organization, format!("{round}-{number}")))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(120 + round % ROUNDS * 7)).await;
        server.kill();
        let mut known = HashMap::new();
        for worker in workers {
            known.extend(worker.await.unwrap());
        }
        server = folder.start();
        let path = format!("/api/v2/organizations/{organization}/licenses/KRE/sessions?page_size=200");
        let listed = owner.get(&path).await;
        assert_eq!(listed.status, 200, "{}", listed.body);
        let live: Vec<i64> =
            listed.body["items"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect();
        for (session, (state, id)) in &known {
            match state {
                Known::Live => assert!(live.contains(id), "{session}: an answered checkout was lost"),
                Known::Ended => assert!(!live.contains(id), "{session}: an answered release was lost"),
                Known::Unknown => cut += 1,
            }
        }
        answered += known.len();
        let shown = product(&owner, organization, "KRE").await;
        assert!(live.len() <= 10, "round {round}: {} seats of 10", live.len());
        assert_eq!(shown["in_use"], live.len(), "round {round}: the counter tells what the rows tell");
        for id in live {
            assert_eq!(release(&owner, id).await.status, 204);
        }
    }
    println!("{answered} sessions, {cut} cut off by the kill");
    assert!(
        answered > ENOUGH && cut > 0,
        "{answered} sessions, {cut} cut off: the kills came at idle moments"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite() {
    kill_while_seats_change(DatabaseConfig::BuiltIn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres() {
    let server = Postgres::shared();
    let jdbc_url = server.jdbc_url(&server.create_database());
    kill_while_seats_change(DatabaseConfig::Postgresql(PostgresConfig {
        jdbc_url,
        user: USER.into(),
        password: Secret::default(),
    }))
    .await;
}
