//! `kill -9` in the middle of activation and of creating the default account, on both databases: an answered request is
//! kept, an unanswered one has happened completely or not at all, and the next attempt succeeds.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod uploads;

use std::time::Duration;

use serde_json::{Value, json};
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_domain::{Clock, Secret};
use testkeep_tests::api::license_by;
use testkeep_tests::postgres::{Postgres, USER};
use testkeep_tests::programs::{RunningServer, ServerFolder, demo_key, machine_id};

const ROUNDS: u64 = 12;
const PASSWORD: &str = "correct horse battery";

fn postgres() -> DatabaseConfig {
    let server = Postgres::shared();
    let jdbc_url = server.jdbc_url(&server.create_database());
    DatabaseConfig::Postgresql(PostgresConfig { jdbc_url, user: USER.into(), password: Secret::default() })
}

fn license() -> String {
    license_by(&demo_key(), Clock::system().now(), |terms| terms.machine_id = machine_id())
}

/// Status code, or `None` when the server died before its answer.
async fn post(url: String, body: reqwest::Body, kind: &str) -> Option<u16> {
    let request = reqwest::Client::new().post(url).header("content-type", kind).body(body);
    Some(request.send().await.ok()?.status().as_u16())
}

async fn state(server: &RunningServer) -> String {
    let status: Value =
        reqwest::get(format!("{}/api/v2/status", server.url)).await.unwrap().json().await.unwrap();
    status["state"].as_str().unwrap().to_owned()
}

async fn activate(server: &RunningServer, file: &str) -> Option<u16> {
    post(format!("{}/api/v2/activation", server.url), file.to_owned().into(), "application/octet-stream")
        .await
}

async fn kill_during_activation(database: fn() -> DatabaseConfig) {
    let mut done_before_the_kill = 0;
    for round in 0..ROUNDS {
        let folder = ServerFolder::new(database());
        let server = folder.start();
        let file = license();
        let (url, sent) = (format!("{}/api/v2/activation", server.url), file.clone());
        let import = tokio::spawn(post(url, sent.into(), "application/octet-stream"));
        tokio::time::sleep(Duration::from_millis(round * 8)).await;
        server.kill();
        let answered = import.await.unwrap();
        let server = folder.start();
        let state = state(&server).await;
        if answered == Some(200) {
            done_before_the_kill += 1;
            assert_eq!(state, "account_required", "round {round}: an answered import was lost");
        }
        let again = activate(&server, &file).await;
        let expected = if state == "account_required" { 401 } else { 200 };
        assert_eq!(again, Some(expected), "round {round}: {state}");
    }
    println!("{done_before_the_kill} of {ROUNDS} imports were answered before the kill");
}

async fn kill_during_account_creation(database: fn() -> DatabaseConfig) {
    let file = license();
    let mut done_before_the_kill = 0;
    for round in 0..ROUNDS {
        let folder = ServerFolder::new(database());
        let server = folder.start();
        assert_eq!(activate(&server, &file).await, Some(200));
        let token = server.setup_token().await;
        let attempts: Vec<_> = (0..3)
            .map(|number| tokio::spawn(create_account(server.url.clone(), token.clone(), number)))
            .collect();
        tokio::time::sleep(Duration::from_millis(round * 20)).await;
        server.kill();
        let mut created = Vec::new();
        for (number, attempt) in attempts.into_iter().enumerate() {
            if attempt.await.unwrap() == Some(201) {
                created.push(number);
            }
        }
        assert!(created.len() <= 1, "round {round}: two accounts were promised");
        let server = folder.start();
        let state = state(&server).await;
        if !created.is_empty() {
            done_before_the_kill += 1;
            assert_eq!(state, "ready", "round {round}: an answered account was lost");
        }
        if state == "account_required" {
            let token = server.setup_token().await;
            assert_eq!(create_account(server.url.clone(), token, 9).await, Some(201), "round {round}");
        }
        let mut able = Vec::new();
        for number in [0, 1, 2, 9] {
            if sign_in(&server, number).await == Some(201) {
                able.push(number);
            }
        }
        assert_eq!(able.len(), 1, "round {round}: {able:?} can sign in");
        assert!(created.iter().all(|number| able.contains(number)), "round {round}");
    }
    println!("{done_before_the_kill} of {ROUNDS} accounts were answered before the kill");
}

async fn create_account(url: String, token: String, number: usize) -> Option<u16> {
    let body = json!({ "setup_token": token, "email": format!("person{number}@example.com"),
                       "password": PASSWORD, "first_name": "A", "last_name": "B" });
    post(format!("{url}/api/v2/default-account"), body.to_string().into(), "application/json").await
}

async fn sign_in(server: &RunningServer, number: usize) -> Option<u16> {
    let body = json!({ "email": format!("person{number}@example.com"), "password": PASSWORD });
    post(format!("{}/api/v2/sessions", server.url), body.to_string().into(), "application/json").await
}

#[tokio::test(flavor = "multi_thread")]
async fn activation_on_sqlite() {
    kill_during_activation(|| DatabaseConfig::BuiltIn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn activation_on_postgres() {
    kill_during_activation(postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn account_creation_on_sqlite() {
    kill_during_account_creation(|| DatabaseConfig::BuiltIn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn account_creation_on_postgres() {
    kill_during_account_creation(postgres).await;
}
