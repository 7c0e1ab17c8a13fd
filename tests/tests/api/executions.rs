//! Uploads become executions: counts, results, errors, histories, files, reading again, deletion.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use testkeep_store::sql;
use testkeep_tests::api::{Answer, Caller, TestServer};
use testkeep_tests::on_both_databases;

/// A JUnit report; each case is its name, and the message of its failure if it failed.
fn junit(cases: &[(&str, Option<&str>)]) -> String {
    let mut text = String::new();
    for (name, failure) in cases {
        write!(text, "<testcase classname=\"shop.Cart\" name=\"{name}\" time=\"0.5\">").unwrap();
        if let Some(message) = failure {
            let detail = "at a.rs:7\nat b.rs:8";
            write!(text, "<failure type=\"AssertionError\" message=\"{message}\">{detail}</failure>")
                .unwrap();
        }
        text.push_str("</testcase>");
    }
    format!(
        "<testsuites><testsuite name=\"shop\" timestamp=\"2026-11-28T10:00:00Z\">{text}</testsuite></testsuites>"
    )
}

async fn project(owner: &Caller) -> i64 {
    let organization = owner.organization("Compilers").await;
    owner.create(&format!("/api/v2/organizations/{organization}/projects"), &json!({ "name": "Shop" })).await
}

async fn upload(caller: &Caller, project: i64, query: &str, body: impl Into<reqwest::Body>) -> Answer {
    let path = format!("/api/v2/projects/{project}/reports?{query}");
    caller.send(caller.request("POST", &path).body(body)).await
}

/// Uploads a report and waits until it is read; returns the execution.
async fn uploaded(caller: &Caller, project: i64, query: &str, body: impl Into<reqwest::Body>) -> Value {
    let answer = upload(caller, project, query, body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    read(caller, answer.body["execution_id"].as_i64().unwrap()).await
}

async fn read(caller: &Caller, id: i64) -> Value {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = caller.get(&format!("/api/v2/executions/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        if answer.body["execution"]["state"] != "reading" {
            return answer.body;
        }
        assert!(Instant::now() < until, "{}", answer.body);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn results(caller: &Caller, id: i64, query: &str) -> Vec<Value> {
    let answer = caller.get(&format!("/api/v2/executions/{id}/results?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["items"].as_array().unwrap().clone()
}

fn names(results: &[Value]) -> Vec<&str> {
    results.iter().map(|it| it["name"].as_str().unwrap()).collect()
}

fn id_of(details: &Value) -> i64 {
    details["execution"]["id"].as_i64().unwrap()
}

/// The counts of all executions and the histories of all test cases must fit the results.
async fn assert_sums(server: &TestServer) {
    let wrong: Vec<(i64,)> = sql("SELECT e.id FROM execution e
         LEFT JOIN (SELECT execution_id, COUNT(*) AS total, SUM(CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END) AS failed
                    FROM test_result GROUP BY execution_id) r ON r.execution_id = e.id
         WHERE e.passed + e.failed + e.errored + e.skipped + e.other <> COALESCE(r.total, 0)
            OR e.failed <> COALESCE(r.failed, 0)")
    .fetch_all(&server.app.db)
    .await
    .unwrap();
    assert!(wrong.is_empty(), "counts of {wrong:?}");
    let wrong: Vec<(i64,)> = sql("SELECT c.id FROM test_case c
         WHERE LENGTH(c.history) <> (SELECT COUNT(*) FROM test_result r WHERE r.test_case_id = c.id)")
    .fetch_all(&server.app.db)
    .await
    .unwrap();
    assert!(wrong.is_empty(), "histories of {wrong:?}");
}

on_both_databases!(a_report_becomes_an_execution, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let project = project(&owner).await;
    let first = junit(&[("adds", None), ("removes", Some("expected 2 but was 3")), ("pays", None)]);
    let query =
        "file=out/TEST-shop.xml&build=41&build_url=https://ci/41&branch=main&commit=abc&environment=linux";
    let details = uploaded(&owner, project, query, first).await;
    let execution = &details["execution"];
    for (field, value) in [
        ("number", json!(1)),
        ("name", json!("TEST-shop")),
        ("state", json!("done")),
        ("result", json!("failed")),
        ("build", json!("41")),
        ("branch", json!("main")),
        ("duration_ms", json!(1500)),
        ("format", json!("junit-xml")),
        ("started_at", json!("2026-11-28T10:00:00Z")),
    ] {
        assert_eq!(execution[field], value, "{field}: {execution}");
    }
    assert_eq!((&execution["counts"]["total"], &execution["counts"]["failed"]), (&json!(3), &json!(1)));
    assert_eq!(details["files"][0]["is_report"], true, "{details}");

    let second = junit(&[
        ("adds", Some("timeout after 30 s")),
        ("removes", Some("expected 9 but was 1")),
        ("pays", None),
        ("ships", Some("timeout after 7 s")),
    ]);
    let details = uploaded(&owner, project, "file=TEST-shop.xml", second).await;
    assert_eq!(details["previous"]["number"], 1, "{details}");
    assert_eq!(details["execution"]["counts"]["newly_failing"], 2);
    let id = id_of(&details);
    let all = results(&owner, id, "").await;
    assert_eq!(names(&all), ["adds", "removes", "pays", "ships"]);
    let changes: Vec<_> = all.iter().map(|it| it["change"].as_str().unwrap_or("-")).collect();
    assert_eq!(changes, ["new_failure", "still_failing", "-", "new_failure"]);
    assert_eq!(all[1]["history"], "FF");
    assert_eq!(names(&results(&owner, id, "outcome=broken&change=new_failure").await), ["adds", "ships"]);
    assert_eq!(names(&results(&owner, id, "search=PAY").await), ["pays"]);
    assert_eq!(results(&owner, id, "sort=duration&order=desc&page_size=2").await.len(), 2);

    let groups = owner.get(&format!("/api/v2/executions/{id}/errors")).await.body;
    let groups = groups["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "{groups:?}");
    assert_eq!(
        (&groups[0]["count"], &groups[0]["new_count"]),
        (&json!(2), &json!(2)),
        "numbers do not matter"
    );

    let result = owner.get(&format!("/api/v2/results/{}", all[0]["id"])).await.body;
    assert_eq!(result["failures"][0]["detail"], "at a.rs:7\nat b.rs:8", "{result}");
    assert_eq!(result["same_error"][0]["name"], "ships");
    assert_eq!((&result["previous_id"], &result["next_id"]), (&Value::Null, &all[1]["id"]));
    assert_eq!(result["history"].as_array().unwrap().len(), 2);

    let cases = owner.get(&format!("/api/v2/projects/{project}/test-cases?sort=name")).await.body;
    assert_eq!(cases["total"], 4, "{cases}");
    let case = owner.get(&format!("/api/v2/test-cases/{}", cases["items"][0]["id"])).await.body;
    assert_eq!(
        (&case["test_case"]["history"], &case["test_case"]["usual_duration_ms"]),
        (&json!("FP"), &json!(500))
    );

    let list =
        owner.get(&format!("/api/v2/projects/{project}/executions?search=LINUX&result=failed")).await.body;
    assert_eq!((&list["total"], &list["items"][0]["number"]), (&json!(1), &json!(1)));
    assert_sums(&server).await;
    server.stop().await;
});

on_both_databases!(the_same_upload_twice_is_one_execution, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let project = project(&owner).await;
    let path = format!("/api/v2/projects/{project}/reports?file=a.xml");
    let send = || {
        let request = owner.request("POST", &path).header("Idempotency-Key", "run-41-attempt-1");
        owner.send(request.body(junit(&[("adds", None)])))
    };
    let answers = futures_util::future::join_all((0..6).map(|_| send())).await;
    let ids: std::collections::BTreeSet<_> =
        answers.iter().map(|answer| answer.body["execution_id"].as_i64().expect("an id")).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    read(&owner, *ids.first().unwrap()).await;
    let wrong = owner.request("POST", &path).header("Idempotency-Key", "short").body("x");
    assert_eq!(owner.send(wrong).await.status, 422);
    assert_sums(&server).await;
    server.stop().await;
});

on_both_databases!(reading_again_and_deleting_leave_the_right_sums, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let project = project(&owner).await;
    let one = uploaded(&owner, project, "file=a.xml", junit(&[("adds", None), ("pays", Some("x"))])).await;
    let two = uploaded(&owner, project, "file=a.xml", junit(&[("adds", None), ("ships", None)])).await;
    for _ in 0..2 {
        let again = owner.post(&format!("/api/v2/executions/{}/read-again", id_of(&one)), &json!({})).await;
        assert_eq!(again.status, 202, "{}", again.body);
        assert_eq!(read(&owner, id_of(&one)).await["execution"]["counts"]["total"], 2);
        assert_sums(&server).await;
    }
    let deleted = owner.delete(&format!("/api/v2/executions/{}", id_of(&one))).await;
    assert_eq!(deleted.status, 204, "{}", deleted.body);
    assert_eq!(owner.get(&format!("/api/v2/executions/{}", id_of(&one))).await.status, 404);
    let file = format!("/api/v2/files/{}", one["files"][0]["id"]);
    assert_eq!(owner.get(&file).await.status, 404);
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let cases = owner.get(&format!("/api/v2/projects/{project}/test-cases")).await.body;
        if cases["total"] == 2 {
            break;
        }
        assert!(Instant::now() < until, "{cases}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(read(&owner, id_of(&two)).await["execution"]["counts"]["total"], 2);
    assert_sums(&server).await;
    let uploads = server.folder.path().join("data/uploads");
    server.stop().await;
    assert!(!uploads.exists() || files_under(&uploads) <= 2, "the deleted execution's files are gone");
});

fn files_under(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_under(&path) } else { 1 }).sum()
}

on_both_databases!(archives_and_packed_bodies_are_unpacked, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let project = project(&owner).await;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(junit(&[("adds", None)]).as_bytes()).unwrap();
    let path = "/api/v2/projects/Shop/reports?file=a.xml&name=Nightly";
    let request =
        owner.request("POST", path).header("Content-Encoding", "gzip").body(packed.finish().unwrap());
    let answer = owner.send(request).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let details = read(&owner, answer.body["execution_id"].as_i64().unwrap()).await;
    assert_eq!(
        (&details["execution"]["name"], &details["execution"]["counts"]["passed"]),
        (&json!("Nightly"), &json!(1))
    );

    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in [
        ("a/TEST-a.xml", junit(&[("adds", None)])),
        ("b/TEST-b.xml", junit(&[("pays", None)])),
        ("notes.txt", "no report".into()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let archive = archive.into_inner().unwrap().finish().unwrap();
    let details = uploaded(&owner, project, "file=reports.tar.gz", archive).await;
    assert_eq!(details["execution"]["counts"]["total"], 2, "{details}");
    server.stop().await;
});

on_both_databases!(what_is_no_report_says_so, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let project = project(&owner).await;
    let details = uploaded(&owner, project, "file=notes.txt", "no report at all").await;
    assert_eq!(details["execution"]["state"], "unreadable", "{details}");
    let note = details["execution"]["notes"][0].as_str().unwrap();
    assert!(note.contains("not a test report") && note.contains("docs/formats.md"), "{note}");
    let half = junit(&[("adds", None), ("pays", None)]);
    let details = uploaded(&owner, project, "file=half.xml", half[..half.len() - 60].to_owned()).await;
    assert_eq!(
        (&details["execution"]["state"], &details["execution"]["counts"]["passed"]),
        (&json!("done"), &json!(1))
    );
    assert!(details["execution"]["notes"][0].as_str().unwrap().contains("damaged"), "{details}");
    let empty = upload(&owner, project, "file=a.xml", "").await;
    assert_eq!(empty.status, 422, "{}", empty.body);
    let encoded = owner
        .request("POST", &format!("/api/v2/projects/{project}/reports"))
        .header("Content-Encoding", "br");
    assert_eq!(owner.send(encoded.body("x")).await.status, 422);
    server.stop().await;
});

on_both_databases!(hostile_texts_are_stored_as_texts, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let project = project(&owner).await;
    let name = "&lt;script&gt;alert(1)&lt;/script&gt; \u{202e}evil =1+1";
    let report = format!(
        "<testsuite name=\"s\"><testcase name=\"{name}\" classname=\"{}\"><failure>\u{1b}[31mred\u{1b}[0m</failure></testcase></testsuite>",
        "x".repeat(100_000)
    );
    let details =
        uploaded(&owner, project, "file=%3Cb%3E.html&name=%00%0Aname", report.replace('\u{1b}', "&#27;"))
            .await;
    assert_eq!(details["execution"]["name"], "name", "{details}");
    let file = details["files"][0]["id"].as_i64().unwrap();
    let shown = owner.get(&format!("/api/v2/files/{file}?inline=true")).await;
    let header = |name: &str| shown.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/plain; charset=utf-8");
    assert!(header("content-security-policy").contains("sandbox"));
    assert!(header("content-disposition").starts_with("inline; filename*=UTF-8''"));
    let all = results(&owner, id_of(&details), "").await;
    for result in &all {
        assert!(result["suite"].as_str().unwrap().chars().count() <= 1000);
    }
    server.stop().await;
});

on_both_databases!(open_pages_hear_of_changes, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let project = project(&owner).await;
    let token = owner.bearer.clone().unwrap();
    let mut stream = owner
        .request("GET", &format!("/api/v2/projects/{project}/changes?seconds=20"))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let details = uploaded(&owner, project, "file=a.xml", junit(&[("adds", None)])).await;
    let mut seen = String::new();
    while !seen.contains("\"done\"") {
        let piece = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await.expect("in time");
        seen.push_str(&String::from_utf8_lossy(&piece.unwrap().expect("the stream goes on")));
    }
    assert!(
        seen.contains(&format!("\"id\":{}", id_of(&details))) && seen.contains("event: execution"),
        "{seen}"
    );
    drop(stream);
    server.stop().await;
});
