//! Every possible end of the stepwise test.

use std::time::{Duration, Instant};

use testkeep_domain::config::PostgresConfig;
use testkeep_domain::{Clock, Level};
use testkeep_setup::check::database::check_database;
use testkeep_store::migrate::migrate;
use testkeep_store::postgres::open;
use testkeep_store::probe::{Probe, probe};
use testkeep_tests::postgres::Postgres;

use crate::connect::{READER, SECURED};
use crate::servers::{as_user, at, dead_port, tarpit, web_server};

fn names(probe: &Probe) -> String {
    let names: Vec<String> = probe
        .steps
        .iter()
        .map(|step| serde_json::json!(step.name).as_str().unwrap_or_default().to_owned())
        .collect();
    names.join(" ")
}

/// The failing step's name, code and message; only the last step may fail.
async fn failure(config: &PostgresConfig) -> (String, &'static str, String) {
    let result = probe(config, false).await;
    let (last, before) = result.steps.split_last().expect("there is a first step");
    assert_eq!(last.level, Level::Error, "{result:#?}");
    assert!(before.iter().all(|step| step.level != Level::Error), "{result:#?}");
    (names(&result), last.code, last.message.clone())
}

#[track_caller]
fn expect(actual: (String, &'static str, String), steps: &str, code: &str, part: &str) {
    let (names, actual_code, message) = actual;
    assert_eq!((names.as_str(), actual_code), (steps, code), "{message}");
    assert!(message.contains(part), "{message}");
}

const ALL: &str = "url dns tcp tls login database rights version contents";

#[tokio::test]
async fn an_empty_database_passes() {
    let server = Postgres::shared();
    let result = probe(&at(server.jdbc_url(&server.create_database())), false).await;
    assert!(result.passed(), "{result:#?}");
    assert_eq!(names(&result), ALL);
    assert!(result.server_version.is_some_and(|version| version.starts_with(char::is_numeric)));
    assert_eq!(result.steps.last().unwrap().code, "empty");
}

#[tokio::test]
async fn our_tables_are_welcome_and_others_are_not() {
    let server = Postgres::shared();
    let ours = server.create_database();
    let db = open(&at(server.jdbc_url(&ours))).await.unwrap();
    migrate(&db, Clock::system().now()).await.unwrap();
    let result = probe(&at(server.jdbc_url(&ours)), false).await;
    assert!(result.passed() && result.steps.last().unwrap().code == "ours", "{result:#?}");
    let foreign = server.create_database();
    server.sql(&foreign, "CREATE TABLE c (id int); CREATE TABLE a (id int); CREATE VIEW b AS SELECT 1; CREATE TABLE d (id int)");
    let actual = failure(&at(server.jdbc_url(&foreign))).await;
    expect(actual, ALL, "foreign_tables", "a, b, c, …");
    let elsewhere = format!("{}&currentSchema=other", server.jdbc_url(&foreign));
    expect(
        failure(&at(&elsewhere)).await,
        "url dns tcp tls login database rights",
        "schema_missing",
        "“other”",
    );
    server.sql(&foreign, "CREATE SCHEMA other");
    assert!(probe(&at(elsewhere), false).await.passed());
}

#[tokio::test]
async fn wrong_logins() {
    let server = &*SECURED;
    let url = format!("jdbc:postgresql://127.0.0.1:{}/postgres", server.port());
    let login = "url dns tcp tls login";
    expect(failure(&as_user(&url, "testkeep", "wrong")).await, login, "wrong_password", "Wrong password");
    expect(
        failure(&as_user(&url, "nobody", "wrong")).await,
        login,
        "wrong_password",
        "no such user “nobody”",
    );
    expect(failure(&as_user(&url, "", "")).await, "url", "user_missing", "Enter the user");
    let trusting = format!("jdbc:postgresql://127.0.0.1:{}/postgres", Postgres::shared().port());
    expect(failure(&as_user(trusting, "nobody", "")).await, login, "no_such_role", "CREATE ROLE");
    let refused = format!("jdbc:postgresql://127.0.0.1:{}/refused", server.port());
    expect(failure(&at(refused)).await, login, "refused_by_rules", "pg_hba.conf");
    let tls_only = format!("jdbc:postgresql://127.0.0.1:{}/tls_only?sslmode=disable", server.port());
    expect(failure(&at(tls_only)).await, login, "tls_demanded", "sslmode=require");
}

#[tokio::test]
async fn a_missing_database_can_be_created() {
    let config = at(Postgres::shared().jdbc_url("not_there"));
    let actual = failure(&config).await;
    expect(actual, "url dns tcp tls login database", "database_missing", "Let setup create it");
    let result = probe(&config, true).await;
    assert!(result.passed(), "{result:#?}");
    assert_eq!(names(&result), ALL);
    assert_eq!(result.steps[5].code, "will_be_created");
    assert!(result.steps[6].message.contains("testkeep_not_there"), "{result:#?}");
}

#[tokio::test]
async fn rights_are_tried() {
    let server = Postgres::shared();
    let database = server.create_database();
    server.sql(&database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE weak LOGIN");
    let weak = format!("jdbc:postgresql://127.0.0.1:{}/{database}", server.port());
    let rights = "url dns tcp tls login database rights";
    expect(failure(&as_user(weak, "weak", "")).await, rights, "no_create_right", "GRANT USAGE, CREATE");
    expect(failure(&at(READER.jdbc_url("postgres"))).await, rights, "read_only", "primary");
    server.sql("postgres", &format!("REVOKE CONNECT ON DATABASE {database} FROM PUBLIC"));
    let shut = as_user(format!("jdbc:postgresql://127.0.0.1:{}/{database}", server.port()), "weak", "");
    expect(failure(&shut).await, "url dns tcp tls login database", "no_connect_right", "GRANT CONNECT");
}

#[tokio::test]
async fn text_that_is_not_unicode_is_refused() {
    let server = Postgres::shared();
    server.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    expect(
        failure(&at(server.jdbc_url("latin"))).await,
        "url dns tcp tls login database",
        "encoding",
        "LATIN1",
    );
}

#[tokio::test]
async fn tls_problems_belong_to_the_tls_step() {
    let server = &*SECURED;
    let tls = "url dns tcp tls";
    let url = |query: &str| format!("jdbc:postgresql://localhost:{}/postgres?{query}", server.port());
    expect(failure(&at(url("sslmode=verify-full"))).await, tls, "certificate_untrusted", "UnknownIssuer");
    let plain = format!("{}&sslmode=require", Postgres::shared().jdbc_url("postgres"));
    expect(failure(&at(plain)).await, tls, "tls_unsupported", "does not offer TLS");
    let good = format!("sslmode=verify-full&sslrootcert={}", server.certificate("ca.crt").display());
    let result = probe(&at(url(&good)), false).await;
    assert!(result.passed(), "{result:#?}");
}

#[tokio::test]
async fn hosts_that_are_not_there() {
    let dead = format!("jdbc:postgresql://127.0.0.1:{}/kit", dead_port());
    expect(failure(&at(dead)).await, "url dns tcp", "refused", "Nothing listens");
    let nowhere = "jdbc:postgresql://no-such-host.invalid/kit";
    expect(failure(&at(nowhere)).await, "url dns", "unknown_host", "no-such-host.invalid");
    expect(failure(&at("jdbc:postgresql://h/kit?ssl=maybe")).await, "url", "url", "true or false");
    let server = Postgres::shared();
    let second = format!(
        "jdbc:postgresql://127.0.0.1:{},127.0.0.1:{}/{}",
        dead_port(),
        server.port(),
        server.create_database()
    );
    let result = probe(&at(second), false).await;
    assert!(result.passed(), "{result:#?}");
    assert_eq!((result.steps[2].level, result.steps[2].code), (Level::Warning, "refused"));
}

#[tokio::test]
async fn what_is_not_postgresql_is_recognized_in_time() {
    let started = Instant::now();
    let web = at(format!("jdbc:postgresql://127.0.0.1:{}/kit", web_server()));
    let silent = at(format!("jdbc:postgresql://127.0.0.1:{}/kit", tarpit()));
    let (web, silent) = tokio::join!(failure(&web), failure(&silent));
    expect(web, "url dns tcp tls", "not_postgresql", "web server");
    expect(silent, "url dns tcp tls", "silent", "does not answer as PostgreSQL");
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn the_report_is_the_contracts() {
    let server = Postgres::shared();
    let report = check_database(&at(server.jdbc_url(&server.create_database())), false).await;
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!(value["ok"], true, "{value:#}");
    let first = value["steps"][0].as_object().unwrap();
    assert_eq!(first.keys().collect::<Vec<_>>(), ["elapsed_ms", "level", "message", "name"]);
    assert_eq!((&value["steps"][8]["name"], &value["steps"][8]["level"]), (&"contents".into(), &"ok".into()));
    assert!(value["server_version"].is_string());
    let refused = check_database(
        &as_user(
            format!("jdbc:postgresql://127.0.0.1:{}/postgres", SECURED.port()),
            "testkeep",
            "wrong-secret",
        ),
        false,
    )
    .await;
    let value = serde_json::to_value(&refused).unwrap();
    assert_eq!((&value["ok"], &value["findings"][0]["field"]), (&false.into(), &"database.password".into()));
    assert!(value["server_version"].is_null() && !value.to_string().contains("wrong-secret"), "{value:#}");
}
