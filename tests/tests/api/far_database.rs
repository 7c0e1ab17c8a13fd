//! Components between this server and PostgreSQL on real sites: firewalls that drop connections silently, poolers, and
//! servers that start later than ours.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use testkeep_domain::Secret;
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_tests::api::{Caller, TestServer};
use testkeep_tests::forwarder::Forwarder;
use testkeep_tests::postgres::bouncer::Bouncer;
use testkeep_tests::postgres::{Postgres, USER};

const ORGANIZATIONS: &str = "/api/v2/organizations";

async fn start(jdbc_url: String) -> TestServer {
    let config = PostgresConfig { jdbc_url, user: USER.into(), password: Secret::default() };
    TestServer::start_with(DatabaseConfig::Postgresql(config), Vec::new()).await
}

/// Runs `size` readers and writers at once; returns the time of the slowest.
async fn crowd(owner: &Caller, name: &str, size: usize) -> Duration {
    let ask = async |number: usize| {
        let begun = Instant::now();
        let name = json!({ "name": format!("{name} {number}") });
        let answers = [owner.get("/api/v2/me").await, owner.post(ORGANIZATIONS, &name).await];
        let answers = answers.map(|answer| (answer.status, answer.body.to_string()));
        assert!(answers[0].0 == 200 && answers[1].0 == 201, "{answers:?}");
        begun.elapsed()
    };
    join_all((0..size).map(ask)).await.into_iter().max().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_a_firewall_forgot_are_replaced() {
    let postgres = Postgres::shared();
    let forwarder = Forwarder::to(postgres.port()).await;
    let database = postgres.create_database();
    let server =
        start(format!("jdbc:postgresql://127.0.0.1:{}/{database}?user={USER}", forwarder.port())).await;
    server.set_up().await;
    let owner = server.owner().await;
    // Fills the pool with connections.
    crowd(&owner, "before", 10).await;

    // Drops the connections while they are in use.
    forwarder.forget();
    let begun = Instant::now();
    assert_eq!(owner.get("/api/v2/me").await.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    crowd(&owner, "busy", 10).await;

    // Drops the connections after they were idle longer than the pool trusts them.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    forwarder.forget();
    let begun = Instant::now();
    let answer = owner.post(ORGANIZATIONS, &json!({ "name": "rested" })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    crowd(&owner, "rested", 10).await;

    // Many requests at once find all connections dead.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    forwarder.forget();
    let slowest = crowd(&owner, "crowd", 10).await;
    assert!(slowest < Duration::from_secs(6), "two requests, one after the other: {slowest:?}");
    server.stop_anyhow().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_in_transaction_mode_is_recognized_and_used() {
    let postgres = Postgres::shared();
    let bouncer = Bouncer::before(postgres);
    // One server after the other: state that the first left on the shared connections must not disturb the second.
    for parameter in ["", "&prepareThreshold=0", "&preferQueryMode=simple"] {
        let database = postgres.create_database();
        let server = start(format!("{}{parameter}", bouncer.jdbc_url(&database))).await;
        server.set_up().await;
        let owner = server.owner().await;
        for round in 0..3 {
            crowd(&owner, &format!("round {round}"), 10).await;
        }
        let seat = |number: usize| {
            json!({ "organization_id": 2, "package": "FLOATING_ENGINE", "machine_id": format!("m{number}"),
                    "session_id": "s", "hostname": "h", "client_version": "1" })
        };
        let orders = (0..5).map(async |number| owner.post("/api/v2/leases", &seat(number)).await);
        for granted in join_all(orders).await {
            assert_eq!(granted.status, 200, "{}", granted.body);
        }
        server.stop().await;
    }
    let database = postgres.create_database();
    let config = |jdbc_url| PostgresConfig { jdbc_url, user: USER.into(), password: Secret::default() };
    for _ in 0..2 {
        let probe = testkeep_store::probe::probe(&config(bouncer.jdbc_url(&database)), false).await;
        assert!(probe.passed(), "{probe:?}");
        assert!(probe.steps.iter().any(|step| step.code == "pooler"), "{probe:?}");
    }
    let direct = testkeep_store::probe::probe(&config(postgres.jdbc_url(&database)), false).await;
    assert!(direct.passed() && direct.steps.iter().all(|step| step.code != "pooler"), "{direct:?}");
}
