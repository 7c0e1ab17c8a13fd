//! `kill -9` during uploads and readings: an answered upload becomes a complete execution, nothing counts twice, and the
//! counts are the sum of the results.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::programs::{RunningServer, ServerFolder};

const ROUNDS: u64 = 4;
const CASES: i64 = 5000;

fn report() -> String {
    let mut cases = String::new();
    for number in 0..CASES {
        let failure = if number % 50 == 0 { "<failure message=\"no\">at a.rs:1</failure>" } else { "" };
        write!(cases, "<testcase name=\"case {number}\" classname=\"C\" time=\"0.001\">{failure}</testcase>")
            .unwrap();
    }
    format!("<testsuite name=\"s\">{cases}</testsuite>")
}

struct Person {
    token: String,
    project: i64,
}

impl Person {
    /// `None`: the server died before its answer.
    async fn send(&self, request: RequestBuilder) -> Option<(u16, Value)> {
        let answer = request.bearer_auth(&self.token).send().await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.unwrap_or_default()))
    }

    async fn upload(&self, url: &str, round: u64) -> Option<(u16, Value)> {
        let url = format!("{url}/api/v2/projects/{}/reports?file=a.xml", self.project);
        let request = Client::new().post(url).header("Idempotency-Key", format!("round-{round:04}"));
        self.send(request.body(report())).await
    }

    async fn get(&self, server: &RunningServer, path: &str) -> Value {
        let (status, body) = self.send(Client::new().get(format!("{}{path}", server.url))).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}

async fn set_up(server: &RunningServer) -> Person {
    assert_eq!(super::activate(server, &super::license()).await, Some(200));
    assert_eq!(super::create_account(server.url.clone(), server.setup_token().await, 1).await, Some(201));
    let body = json!({ "email": "person1@example.com", "password": super::PASSWORD });
    let post = async |token: &str, path: &str, body: &Value| -> Value {
        let request = Client::new().post(format!("{}{path}", server.url)).bearer_auth(token).json(body);
        request.send().await.unwrap().json().await.unwrap()
    };
    let token = post("", "/api/v2/sessions", &body).await["token"].as_str().unwrap().to_owned();
    let organization = post(&token, "/api/v2/organizations", &json!({ "name": "Shop" })).await["id"].clone();
    let projects = format!("/api/v2/organizations/{organization}/projects");
    let project = post(&token, &projects, &json!({ "name": "Till" })).await["id"].as_i64().unwrap();
    Person { token, project }
}

/// Waits until an execution is read; returns it.
async fn read(person: &Person, server: &RunningServer, id: &Value) -> Value {
    let until = Instant::now() + Duration::from_mins(2);
    loop {
        let found = person.get(server, &format!("/api/v2/executions/{id}")).await["execution"].clone();
        if found["state"] != "reading" {
            return found;
        }
        assert!(Instant::now() < until, "{found}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn kill_during_uploads(database: DatabaseConfig) {
    let folder = ServerFolder::new(database);
    let mut server = folder.start();
    let person = set_up(&server).await;
    for round in 0..ROUNDS {
        let (url, kill_after) = (server.url.clone(), Duration::from_millis(round * 150));
        let (answered, ()) = tokio::join!(person.upload(&url, round), async {
            tokio::time::sleep(kill_after).await;
            server.kill();
        });
        server = folder.start();
        let (status, again) = person.upload(&server.url, round).await.unwrap();
        if let Some((201, first)) = answered {
            assert_eq!(
                (status, &again["execution_id"]),
                (200, &first["execution_id"]),
                "round {round}: it was lost"
            );
        }
        let execution = read(&person, &server, &again["execution_id"]).await;
        let counts = &execution["counts"];
        assert_eq!(
            (&counts["total"], &counts["failed"]),
            (&json!(CASES), &json!(CASES / 50)),
            "round {round}"
        );
        let results = format!("/api/v2/executions/{}/results?page_size=1", again["execution_id"]);
        assert_eq!(
            person.get(&server, &results).await["total"],
            CASES,
            "round {round}: counts are not the sum"
        );
    }
    let list = person.get(&server, &format!("/api/v2/projects/{}/executions", person.project)).await;
    assert_eq!(list["total"], ROUNDS);
    let cases = format!("/api/v2/projects/{}/test-cases?page_size=200", person.project);
    for case in person.get(&server, &cases).await["items"].as_array().unwrap() {
        assert_eq!(case["history"].as_str().map(str::len), Some(4), "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_on_sqlite() {
    kill_during_uploads(DatabaseConfig::BuiltIn).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_on_postgres() {
    kill_during_uploads(super::postgres()).await;
}
