//! Connection pools: several hosts, the required kind of server, settings from the URL, TLS.

use std::sync::LazyLock;
use std::time::Duration;

use testkeep_store::postgres::{connect, describe, open};
use testkeep_tests::postgres::{Options, Postgres};

use crate::servers::{as_user, at, dead_port, tarpit};

pub(crate) static SECURED: LazyLock<Postgres> = LazyLock::new(Postgres::start_secured);
/// Simulates a standby: it is read-only.
pub(crate) static READER: LazyLock<Postgres> = LazyLock::new(|| {
    Postgres::start_with(&Options {
        settings: vec![("default_transaction_read_only", "on")],
        ..Options::default()
    })
});

async fn setting(url: &str, name: &str) -> String {
    let pool = connect(&at(url), 2).await.expect("the server answers");
    let (value,): (String,) = sqlx::query_as("SELECT current_setting($1)")
        .bind(name)
        .fetch_one(pool.pool())
        .await
        .expect("the server answers");
    value
}

async fn failure(url: &str) -> String {
    connect(&at(url), 2).await.expect_err("must fail").to_string()
}

#[tokio::test]
async fn settings_of_the_url_reach_the_server() {
    let url = Postgres::shared().jdbc_url("postgres");
    let url = format!(
        "{url}&ApplicationName=T%C3%A4st%20x&currentSchema=%22a%20b%22,public&options=-c%20statement_timeout=4321%20-c%20work_mem=5MB"
    );
    assert_eq!(setting(&url, "statement_timeout").await, "4321ms");
    assert_eq!(setting(&url, "work_mem").await, "5MB");
    assert_eq!(setting(&url, "search_path").await, "\"a b\",public");
    assert!(setting(&url, "application_name").await.starts_with('T'));
    assert_eq!(setting(&Postgres::shared().jdbc_url("postgres"), "application_name").await, "testkeep");
}

#[tokio::test]
async fn the_database_is_the_users_when_none_is_named() {
    let server = Postgres::shared();
    let url = format!("jdbc:postgresql://localhost:{}/", server.port());
    assert!(failure(&url).await.contains("There is no database “testkeep”"));
}

#[tokio::test]
async fn a_dead_first_host_is_passed_over() {
    let (server, dead) = (Postgres::shared(), dead_port());
    let database = server.create_database();
    let url = format!("jdbc:postgresql://127.0.0.1:{dead},127.0.0.1:{}/{database}", server.port());
    open(&at(&url)).await.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn a_silent_first_host_costs_only_its_timeout() {
    let url = format!(
        "jdbc:postgresql://127.0.0.1:{},127.0.0.1:{}/postgres?connectTimeout=1",
        tarpit(),
        Postgres::shared().port()
    );
    let started = std::time::Instant::now();
    open(&at(&url)).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    let url = format!("jdbc:postgresql://127.0.0.1:{}/postgres?connectTimeout=1", tarpit());
    assert!(failure(&url).await.contains("within 1 s"));
}

#[tokio::test]
async fn the_wanted_kind_of_server_is_chosen() {
    let (writer, reader) = (Postgres::shared().port(), READER.port());
    let hosts = format!("127.0.0.1:{reader},127.0.0.1:{writer}");
    for (wanted, expected) in [
        ("any", reader),
        ("primary", writer),
        ("master", writer),
        ("secondary", reader),
        ("preferPrimary", writer),
        ("preferSecondary", reader),
    ] {
        let url = format!("jdbc:postgresql://{hosts}/postgres?targetServerType={wanted}");
        assert_eq!(setting(&url, "port").await, expected.to_string(), "{wanted}");
    }
    let only_reader = format!("jdbc:postgresql://127.0.0.1:{reader}/postgres?targetServerType=");
    assert!(failure(&format!("{only_reader}primary")).await.contains("only reads"));
    assert_eq!(setting(&format!("{only_reader}preferPrimary"), "port").await, reader.to_string());
}

#[tokio::test]
async fn balanced_hosts_are_all_used() {
    let url = format!(
        "jdbc:postgresql://127.0.0.1:{},127.0.0.1:{}/postgres?loadBalanceHosts=true",
        Postgres::shared().port(),
        READER.port()
    );
    let mut ports = std::collections::BTreeSet::new();
    for _ in 0..40 {
        ports.insert(setting(&url, "port").await);
    }
    assert_eq!(ports.len(), 2);
}

#[tokio::test]
async fn a_pool_moves_to_the_host_that_is_left() {
    let first = Postgres::start();
    let second = Postgres::start();
    let url = format!(
        "jdbc:postgresql://127.0.0.1:{},127.0.0.1:{}/postgres?hostRecheckSeconds=1",
        first.port(),
        second.port()
    );
    let pool = connect(&at(&url), 2).await.unwrap();
    let port = async || -> Result<String, sqlx::Error> {
        let (port,): (String,) =
            sqlx::query_as("SELECT current_setting('port')").fetch_one(pool.pool()).await?;
        Ok(port)
    };
    assert_eq!(port().await.unwrap(), first.port().to_string());
    drop(first);
    let moved = tokio::time::timeout(Duration::from_secs(9), async {
        while port().await.ok() != Some(second.port().to_string()) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    moved.await.expect("the pool moved");
    pool.pool().close().await;
}

#[tokio::test]
async fn certificates_are_checked_as_the_mode_says() {
    let server = &*SECURED;
    let (ca, other) = (server.certificate("ca.crt"), server.certificate("other-ca.crt"));
    let url =
        |host: &str, query: String| format!("jdbc:postgresql://{host}:{}/postgres?{query}", server.port());
    let ca = |mode: &str| format!("sslmode={mode}&sslrootcert={}", ca.display());
    for good in [
        url("127.0.0.1", "sslmode=require".into()),
        url("127.0.0.1", "sslmode=disable".into()),
        url("localhost", ca("verify-full")),
        url("127.0.0.1", ca("verify-full")),
        url("127.0.0.1", ca("verify-ca")),
    ] {
        open(&at(&good)).await.unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    let untrusted = failure(&url("localhost", "ssl=true".into())).await;
    assert!(untrusted.contains("authority this machine does not know"), "{untrusted}");
    let stranger = format!("sslmode=verify-ca&sslrootcert={}", other.display());
    assert!(failure(&url("localhost", stranger)).await.contains("sslrootcert"));
    let missing = failure(&url("localhost", "sslmode=verify-ca&sslrootcert=/none.crt".into())).await;
    assert!(missing.contains("“/none.crt” (sslrootcert) cannot be read"), "{missing}");
    let plain = format!("jdbc:postgresql://127.0.0.1:{}/postgres?sslmode=require", Postgres::shared().port());
    assert!(failure(&plain).await.contains("does not offer TLS"));
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let server = &*SECURED;
    if server.sql("postgres", "SELECT 1 FROM pg_database WHERE datname = 'certificate_only'").is_empty() {
        server.sql("postgres", "CREATE DATABASE certificate_only");
    }
    let url = format!("jdbc:postgresql://127.0.0.1:{}/certificate_only?sslmode=require", server.port());
    let (certificate, key) = (server.certificate("client.crt"), server.certificate("client.key"));
    let files = format!("&sslcert={}&sslkey={}", certificate.display(), key.display());
    open(&as_user(format!("{url}{files}"), "testkeep", "")).await.unwrap();
    let message = failure(&url).await;
    assert!(message.contains("sslcert"), "{message}");
}

#[test]
fn descriptions_show_no_login() {
    let config = at("jdbc:postgresql://a,[::1]:7/kit?user=u&password=secret");
    assert_eq!(describe(&config), "a:5432,[::1]:7/kit");
}
