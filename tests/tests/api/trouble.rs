//! A database that cannot work: full disks, read-only servers, unreachable servers. Every request gets a clear refusal,
//! nothing is lost that was answered, and the server recovers by itself when the cause is gone.

use std::time::Duration;

use serde_json::json;
use testkeep_domain::Secret;
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_tests::api::{Answer, Caller, TestServer};
use testkeep_tests::postgres::{Postgres, USER};
#[cfg(target_os = "linux")]
use testkeep_tests::programs::run_server_program;
#[cfg(target_os = "linux")]
use testkeep_tests::small_disk::SmallDisk;

const ORGANIZATIONS: &str = "/api/v2/organizations";

fn config(jdbc_url: String) -> DatabaseConfig {
    DatabaseConfig::Postgresql(PostgresConfig { jdbc_url, user: USER.into(), password: Secret::default() })
}

async fn create(caller: &Caller, name: &str) -> Answer {
    caller.post(ORGANIZATIONS, &json!({ "name": name })).await
}

/// Status and body of `/readyz`.
async fn readiness(server: &TestServer) -> (u16, String) {
    let answer = server.anonymous().request("GET", "/readyz").send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// What an admin's pages show above everything.
async fn notices(owner: &Caller) -> Vec<String> {
    let status = owner.get("/api/v2/status").await;
    serde_json::from_value(status.body["notices"].clone()).unwrap()
}

/// Waits; the server must recover without a restart.
async fn wait_until_ready(server: &TestServer) {
    let until = std::time::Instant::now() + Duration::from_secs(20);
    loop {
        let answer = readiness(server).await;
        if answer.0 == 200 {
            return;
        }
        assert!(std::time::Instant::now() < until, "{answer:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Asserts that a request was refused because the database is unavailable, with a message for people and a time for
/// programs.
fn assert_unavailable(answer: &Answer, words: &str) {
    assert_eq!((answer.status, answer.code()), (503, "unavailable"), "{}", answer.body);
    assert!(answer.message().contains(words), "{}", answer.message());
    assert!(answer.headers.contains_key("retry-after"), "{:?}", answer.headers);
}

/// Asserts that the answer about an unreachable database comes at once, not after a long wait.
async fn soon(request: impl Future<Output = Answer>) -> Answer {
    let begun = std::time::Instant::now();
    let answer = request.await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}: {}", begun.elapsed(), answer.body);
    answer
}

/// Ends requests in the middle, as clients that close their connection do.
async fn hang_up(caller: &Caller, times: u64) {
    for number in 0..times {
        let name = format!("cancelled {number}");
        let request = create(caller, &name);
        let _cut = tokio::time::timeout(Duration::from_micros(300 * (number % 12)), request).await;
    }
}

#[cfg(target_os = "linux")]
async fn survives_a_full_disk(server: TestServer, disk: &SmallDisk, words: &str) {
    // PostgreSQL changes rows in place where their page has space, so small writes still work.
    let embedded = matches!(server.app.config.database, DatabaseConfig::BuiltIn);
    server.set_up().await;
    let owner = server.owner().await;
    let organization = create(&owner, "Before").await;
    assert_eq!(organization.status, 201, "{}", organization.body);
    let seat = json!({ "organization_id": organization.body["id"], "package": "FLOATING_ENGINE",
                       "machine_id": "m", "session_id": "s", "hostname": "h", "client_version": "1" });
    let granted = owner.post("/api/v2/leases", &seat).await;
    assert_eq!(granted.status, 200, "{}", granted.body);
    let renew = format!("/api/v2/leases/{}/renew", granted.body["id"]);
    assert_eq!(readiness(&server).await, (200, "ok".into()));

    disk.fill();
    // The database may still have space in its own files.
    let mut refused = create(&owner, "Full").await;
    for number in 0..5000 {
        if refused.status != 201 {
            break;
        }
        refused = create(&owner, &format!("Full {number}")).await;
    }
    assert_unavailable(&refused, words);
    // A small write may fit into the database's existing files; every other one is refused with a message.
    for number in 0..20 {
        let created = create(&owner, &format!("Still {number}")).await;
        let renewed = owner.post(&renew, &json!({})).await;
        for answer in [created, renewed].iter().filter(|answer| answer.status >= 400) {
            assert_unavailable(answer, words);
        }
    }
    hang_up(&owner, 24).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (status, text) = readiness(&server).await;
    assert!(!embedded || status == 503 && text.contains(words), "{status} {text}");
    let told = notices(&owner).await;
    assert!(!embedded || told.iter().any(|notice| notice.contains(words)), "{told:?}");
    assert_eq!(owner.get("/api/v2/me").await.status, 200, "reading goes on");

    disk.make_room();
    wait_until_ready(&server).await;
    assert_eq!(notices(&owner).await, Vec::<String>::new());
    let after = create(&owner, "After").await;
    assert_eq!(after.status, 201, "{}", after.body);
    let renewed = owner.post(&renew, &json!({})).await;
    assert_eq!(renewed.status, 200, "the seat is still held: {}", renewed.body);
    let (first, second) = tokio::join!(create(&owner, "After 1"), create(&owner, "After 2"));
    assert_eq!((first.status, second.status), (201, 201), "{} {}", first.body, second.body);
    server.stop().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_nothing_for_good() {
    let Some(disk) = SmallDisk::mount(32, 0) else { return };
    let folder = tempfile::tempdir_in(disk.path()).unwrap();
    let server = TestServer::start_in(folder, DatabaseConfig::BuiltIn, Vec::new()).await;
    survives_a_full_disk(server, &disk, "the server's disk is full").await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_full_disk_says_so() {
    let Some(disk) = SmallDisk::mount(32, 0) else { return };
    let folder = tempfile::tempdir_in(disk.path()).unwrap();
    let server = TestServer::start_in(folder, DatabaseConfig::BuiltIn, Vec::new()).await;
    server.set_up().await;
    let config = server.config_file();
    let _folder = server.stop_keeping_files().await;
    disk.fill();
    let run = ["run", "--allow-root", "--config", config.to_str().unwrap()];
    let output = run_server_program(&run, "");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{words}");
    assert!(
        words.contains("Cannot open the database") && words.contains("the server's disk is full"),
        "{words}"
    );
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_postgresql_ends_nothing_for_good() {
    let postgres = Postgres::start();
    let Some(disk) = SmallDisk::mount(32, postgres.account()) else { return };
    postgres.sql("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", disk.path().display()));
    postgres.sql("postgres", "CREATE DATABASE small TABLESPACE small");
    let server = TestServer::start_with(config(postgres.jdbc_url("small")), Vec::new()).await;
    survives_a_full_disk(server, &disk, "the database server's disk is full").await;
    drop(postgres);
}

/// A request may end before its transaction begins, before a statement or before the commit: the next request works in
/// every case.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_hang_up_leave_no_transaction_open() {
    for database in [testkeep_tests::api::Database::Sqlite, testkeep_tests::api::Database::Postgres] {
        let server = TestServer::start(database).await;
        server.set_up().await;
        let owner = server.owner().await;
        hang_up(&owner, 120).await;
        let answer = create(&owner, "Afterwards").await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let found = owner.get(&format!("{ORGANIZATIONS}/{}", answer.body["id"])).await;
        assert_eq!(found.status, 200, "it was committed: {}", found.body);
        server.stop_anyhow().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_only_reads_is_told_from_one_that_is_gone() {
    let postgres = Postgres::start();
    let url = postgres.jdbc_url(&postgres.create_database());
    let server = TestServer::start_with(config(url), Vec::new()).await;
    server.set_up().await;
    let owner = server.owner().await;
    let read_only = |on: bool| {
        let value = if on { "on" } else { "off" };
        postgres.sql("postgres", &format!("ALTER SYSTEM SET default_transaction_read_only = {value}"));
        postgres.sql("postgres", "SELECT pg_reload_conf()");
    };
    read_only(true);
    let mut refused = create(&owner, "Reads").await;
    for number in 0..100 {
        // The setting reaches the connections one after the other.
        if refused.status != 201 {
            break;
        }
        refused = create(&owner, &format!("Reads {number}")).await;
    }
    assert_unavailable(&refused, "only reads");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(readiness(&server).await.0, 503);
    assert_eq!(owner.get("/api/v2/me").await.status, 200);
    postgres.sql("postgres", "SET default_transaction_read_only = off; SELECT 1");
    read_only(false);
    wait_until_ready(&server).await;
    assert_eq!(create(&owner, "Writes").await.status, 201);

    // Connections that the database server ended are replaced without an error.
    for _ in 0..3 {
        postgres.sql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'testkeep'",
        );
        assert_eq!(owner.get("/api/v2/me").await.status, 200);
        postgres.sql(
            "postgres",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'testkeep'",
        );
        let name = format!("Again {:?}", std::time::Instant::now());
        assert_eq!(create(&owner, &name).await.status, 201);
    }

    drop(postgres);
    assert_unavailable(&soon(create(&owner, "Gone")).await, "does not answer");
    assert_unavailable(&soon(owner.get("/api/v2/me")).await, "does not answer");
    let signed_in = soon(server.sign_in("ada@example.com", "whatever it is")).await;
    assert_unavailable(&signed_in, "does not answer");
    assert_eq!(soon(owner.get("/api/v1/users/me")).await.status, 503, "existing clients");
    let crowd = (0..30).map(|_| soon(owner.get("/api/v2/me")));
    for answer in futures_util::future::join_all(crowd).await {
        assert_unavailable(&answer, "does not answer");
    }
    assert_eq!(readiness(&server).await.0, 503);
    server.stop_anyhow().await;
}
