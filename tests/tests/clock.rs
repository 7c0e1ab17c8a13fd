//! One start of the real program with a clock ten years ahead, then one with the right clock, on both databases.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]
#![cfg(unix)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_domain::{Layout, Secret};
use testkeep_store::Db;
use testkeep_store::installation::setting;
use testkeep_tests::api::{Caller, EMAIL, PASSWORD, credentials};
use testkeep_tests::postgres::{Postgres, USER};
use testkeep_tests::programs::{ServerFolder, run_server_program};

fn postgres() -> DatabaseConfig {
    let server = Postgres::shared();
    let jdbc_url = server.jdbc_url(&server.create_database());
    DatabaseConfig::Postgresql(PostgresConfig { jdbc_url, user: USER.into(), password: Secret::default() })
}

async fn open(database: &DatabaseConfig, layout: &Layout) -> Db {
    match database {
        DatabaseConfig::BuiltIn => Db::open_sqlite(&layout.database_file()).await.unwrap(),
        DatabaseConfig::Postgresql(postgres) => testkeep_store::postgres::open(postgres).await.unwrap(),
    }
}

/// Waits until the server's housekeeping has stored its time.
async fn wait_for_the_mark(database: &DatabaseConfig, layout: &Layout) {
    let db = open(database, layout).await;
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let seen = setting::find_setting(&db, "latest_time_seen").await.unwrap().unwrap_or_default();
        if seen.starts_with("203") {
            return db.close().await;
        }
        assert!(Instant::now() < until, "the server of the future notes its time, not “{seen}”");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn sign_in(caller: &Caller, password: &str) -> u16 {
    caller.post("/api/v2/sessions", &credentials(EMAIL, password)).await.status
}

async fn clock_of(caller: &Caller) -> Value {
    caller.get("/api/v2/status").await.body["clock"].clone()
}

async fn one_start_in_the_future(database: DatabaseConfig) {
    let folder = ServerFolder::new(database.clone());
    let config = folder.layout().config_file();
    let server = folder.start();
    server.set_up().await;
    server.kill();

    let future = folder.start_at("+3650d");
    let caller = Caller::at(&future.url);
    for _ in 0..12 {
        sign_in(&caller, "a wrong guess").await;
    }
    wait_for_the_mark(&database, &folder.layout()).await;
    future.kill();

    let server = folder.start();
    let caller = Caller::at(&server.url);
    assert_eq!(clock_of(&caller).await, "set_back");
    assert_eq!(sign_in(&caller, PASSWORD).await, 201, "nobody is locked out for years");
    let reset = run_server_program(&["clock", "reset", "--config", config.to_str().unwrap()], "");
    let said = String::from_utf8_lossy(&reset.stdout).into_owned();
    assert!(reset.status.success(), "{}", String::from_utf8_lossy(&reset.stderr));
    assert!(said.contains("The latest time seen was 203"), "{said}");
    assert_eq!(clock_of(&caller).await, "ok");
    let again = caller.post("/api/v2/clock/reset", &json!({})).await;
    assert_eq!(again.status, 401, "strangers put no mark back");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_start_in_the_future_does_no_harm_on_sqlite() {
    one_start_in_the_future(DatabaseConfig::BuiltIn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_start_in_the_future_does_no_harm_on_postgres() {
    one_start_in_the_future(postgres()).await;
}
