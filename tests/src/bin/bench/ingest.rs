//! Uploads of reports: the time until all results are visible, results per second, and the server's memory for a large file.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::Bench;
use crate::installation::{Database, Installation};
use crate::memory::resident_megabytes;
use crate::series::{RUNS, Samples, Table, print_rate};
use crate::start::milliseconds;

const CASES: usize = 10_000;
const MANY_CASES: usize = 200_000;
/// Characters of output of each case of a large file: 200 MB together.
const LARGE_OUTPUT: usize = 20_000;

pub(crate) async fn measure(table: &mut Table, bench: &Bench, database: Database<'_>) {
    if !table.wants("ingest") {
        return;
    }
    let installation = Installation::prepare(bench, database, "none");
    installation.install();
    let mut server = installation.run();
    installation.wait_until_ready().await;
    let uploads = Uploads::prepare(bench, &installation).await;
    let (name, on_sqlite) = (database.name(), matches!(database, Database::BuiltIn));

    let report = report(CASES, 0);
    let mut until_visible = Samples::new();
    // The first upload creates the test cases; the others are the same tests again.
    let first = uploads.time(&report, CASES).await;
    for _ in 0..RUNS {
        until_visible.push(uploads.time(&report, CASES).await);
    }
    table.row("ingest, 10,000 new tests", name, "ms", None, async { Some(vec![first; RUNS]) }).await;
    let at_most = Some(if on_sqlite { 150.0 } else { 200.0 });
    table.row("ingest, 10,000 tests", name, "ms", at_most, async { Some(until_visible) }).await;

    let report = self::report(MANY_CASES, 0);
    let mut rates = Samples::new();
    for _ in 0..3 {
        rates.push(200_000.0 * 1000.0 / uploads.time(&report, MANY_CASES).await);
    }
    let at_least = Some(if on_sqlite { 100_000.0 } else { 50_000.0 });
    print_rate("ingest, results", name, "/s", at_least, rates);

    let report = self::report(CASES, LARGE_OUTPUT);
    uploads.time(&report, CASES).await;
    let memory = resident_megabytes(server.id());
    table
        .row("ingest, memory after 200 MB", name, "MB", Some(120.0), async { Some(vec![memory; RUNS]) })
        .await;
    server.kill().expect("the server is ours");
    server.wait().expect("the server ends");
}

struct Uploads<'a> {
    bench: &'a Bench,
    token: String,
    reports: String,
    executions: String,
}

impl<'a> Uploads<'a> {
    async fn prepare(bench: &'a Bench, installation: &Installation<'_>) -> Self {
        let token = installation.sign_in().await;
        let create = async |path: &str, body: Value| -> i64 {
            let request = bench.client.post(installation.url(path)).bearer_auth(&token).json(&body);
            let answer: Value = request.send().await.expect("an answer").json().await.expect("JSON");
            answer["id"].as_i64().expect("an id")
        };
        let organization = create("/api/v2/organizations", json!({ "name": "Bench" })).await;
        let path = format!("/api/v2/organizations/{organization}/projects");
        let project = create(&path, json!({ "name": "Bench" })).await;
        let reports = installation.url(&format!("/api/v2/projects/{project}/reports?file=a.xml"));
        Self { bench, token, reports, executions: installation.url("/api/v2/executions") }
    }

    async fn send(&self, request: RequestBuilder) -> Value {
        let answer = request.bearer_auth(&self.token).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.json().await.expect("JSON")
    }

    /// Milliseconds from the first byte sent until all results are visible.
    async fn time(&self, report: &str, cases: usize) -> f64 {
        let at = Instant::now();
        let begun = self.send(self.bench.client.post(&self.reports).body(report.to_owned())).await;
        let url = format!("{}/{}", self.executions, begun["execution_id"]);
        loop {
            let found = self.send(self.bench.client.get(&url)).await;
            if found["execution"]["state"] == "done" {
                assert_eq!(found["execution"]["counts"]["total"], json!(cases));
                return milliseconds(at);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A JUnit report in which every 50th case fails.
fn report(cases: usize, output: usize) -> String {
    let output = if output == 0 {
        String::new()
    } else {
        format!("<system-out>{}</system-out>", "line\n".repeat(output / 5))
    };
    let mut text = String::from("<testsuite name=\"s\">");
    for number in 0..cases {
        let failure = if number % 50 == 0 { "<failure message=\"no\">at a.rs:1</failure>" } else { "" };
        let class = number / 100;
        let case = format!("<testcase name=\"case {number}\" classname=\"shop.Class{class}\" time=\"0.01\">");
        write!(text, "{case}{failure}{output}</testcase>").expect("a text");
    }
    text + "</testsuite>"
}
