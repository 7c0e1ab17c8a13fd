//! Uploads of existing clients (client protocol, section 3), in their order and form.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkeep_tests::api::{Caller, EMAIL, TestServer};
use testkeep_tests::on_both_databases;

use crate::program::{Program, api_key, assert_no_nulls, form, refused};

const JUNIT: &str = "<testsuites><testsuite name=\"s\"><testcase name=\"adds\" classname=\"C\" time=\"1\"/>\
    <testcase name=\"pays\" classname=\"C\"><failure message=\"no money\">at a.js:1</failure></testcase></testsuite></testsuites>";

async fn project(owner: &Caller) -> i64 {
    let organization = owner.organization("Compilers").await;
    owner.create(&format!("/api/v2/organizations/{organization}/projects"), &json!({ "name": "Shop" })).await
}

/// An agent, with its API key as Basic.
struct Agent<'a> {
    program: Program,
    key: String,
    server: &'a TestServer,
    project: String,
}

impl Agent<'_> {
    async fn call(
        &self,
        method: &str,
        path: &str,
        parameters: &[(&str, &str)],
        body: Option<Value>,
    ) -> (u16, Value) {
        let request = self.program.request(method, &format!("{path}?{}", form(parameters)));
        let request = request.basic_auth("", Some(&self.key));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = self.program.send(request).await;
        (answer.status, answer.body)
    }

    async fn slots(&self, count: &str) -> Vec<Value> {
        let parameters = [("projectId", self.project.as_str()), ("numberUrl", count)];
        let (status, slots) = self.call("GET", "/api/v1/files/upload-urls", &parameters, None).await;
        assert_eq!(status, 200, "{slots}");
        slots.as_array().unwrap().clone()
    }

    /// Without credentials, as clients do.
    async fn put(&self, slot: &Value, content: &str) -> u16 {
        let url = slot["uploadUrl"].as_str().unwrap();
        assert!(url.starts_with(&self.server.url), "{url}");
        let client = reqwest::Client::new();
        let answer = client.put(url).body(content.to_owned()).send().await.unwrap();
        assert_eq!(answer.headers()["connection"], "close", "the agent may send more than it announced");
        answer.status().as_u16()
    }
}

async fn agent(server: &TestServer) -> (Caller, Agent<'_>) {
    server.set_up().await;
    let owner = server.owner().await;
    let project = project(&owner).await.to_string();
    let key = api_key(&owner).await;
    (owner, Agent { program: Program::engine(server, &key), key, server, project })
}

/// Waits until an execution is in a state; returns it.
async fn execution(owner: &Caller, id: &Value, state: &str) -> Value {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let found = owner.get(&format!("/api/v2/executions/{id}")).await.body["execution"].clone();
        if found["state"] == state {
            return found;
        }
        assert!(Instant::now() < until, "{found}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

on_both_databases!(a_reporter_registers_before_its_files_arrive, |server| {
    let (owner, agent) = agent(&server).await;
    let slots = agent.slots("2").await;
    assert_eq!(slots.len(), 2);
    let parameters = [("projectId", agent.project.as_str()), ("batch", "1795278062577-a")];
    let files = json!([
        { "folderPath": "", "fileName": "junit.xml", "uploadedPath": slots[0]["path"], "end": false },
        { "folderPath": "", "fileName": "debug.log", "uploadedPath": slots[1]["path"], "end": true },
    ]);
    let (status, batch) =
        agent.call("POST", "/api/v1/testops-reports", &parameters, Some(files.clone())).await;
    assert_eq!(status, 200, "{batch}");
    assert_no_nulls(&batch);
    assert!(batch.is_object() && batch["webUrl"].as_str().unwrap().contains("/executions/"), "{batch}");
    execution(&owner, &batch["id"], "waiting").await;
    assert_eq!(agent.put(&slots[1], "first line\n").await, 200);
    assert_eq!(agent.put(&slots[0], JUNIT).await, 200);
    let read = execution(&owner, &batch["id"], "done").await;
    assert_eq!((&read["counts"]["passed"], &read["counts"]["failed"]), (&json!(1), &json!(1)));
    // The same batch once more is the same execution, and a longer log is the same file.
    let (_, again) = agent.call("POST", "/api/v1/testops-reports", &parameters, Some(files)).await;
    assert_eq!(again["id"], batch["id"]);
    assert_eq!(agent.put(&slots[1], "first line\nsecond line\n").await, 200);
    let read = execution(&owner, &batch["id"], "done").await;
    assert_eq!(read["counts"]["total"], 2);
    let details = owner.get(&format!("/api/v2/executions/{}", batch["id"])).await.body;
    assert_eq!(details["files"].as_array().unwrap().len(), 2, "{details}");
    server.stop().await;
});

on_both_databases!(studio_uploads_a_batch_and_an_agent_file_by_file, |server| {
    let (owner, agent) = agent(&server).await;
    let studio = Program::studio(&server, EMAIL);
    let token = studio.token().await;
    let slots = agent.slots("1").await;
    agent.put(&slots[0], JUNIT).await;
    let files = json!([{ "folderPath": "Smoke/20261128_101112", "fileName": "JUnit_Report.xml", "uploadedPath": slots[0]["path"], "end": true }]);
    let path =
        format!("/api/v1/katalon/test-reports/multiple?projectId={}&batch=1795278062577", agent.project);
    let answer = studio.send(studio.request("POST", &path).bearer_auth(token).json(&files)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let id = answer.body[0]["id"].clone();
    assert_eq!(execution(&owner, &id, "done").await["name"], "Smoke");

    let slot = |parameters| agent.call("GET", "/api/v1/files/upload-url", parameters, None);
    let project = [("projectId", agent.project.as_str())];
    let (one, two) = (slot(&project).await.1, slot(&project).await.1);
    agent.put(&one, JUNIT).await;
    agent.put(&two, "no report").await;
    for (slot, name, is_end) in [(&two, "notes.txt", "false"), (&one, "a.xml", "true")] {
        let parameters = [
            ("projectId", agent.project.as_str()),
            ("batch", "agent-1"),
            ("folderPath", "C:\\work\\out"),
            ("fileName", name),
            ("uploadedPath", slot["path"].as_str().unwrap()),
            ("isEnd", is_end),
        ];
        let (status, _) = agent.call("POST", "/api/v1/junit/test-reports", &parameters, None).await;
        assert_eq!(status, 204);
    }
    let list = owner.get(&format!("/api/v2/projects/{}/executions", agent.project)).await.body;
    assert_eq!(list["total"], 2, "{list}");
    let read = execution(&owner, &list["items"][0]["id"], "done").await;
    assert_eq!(read["counts"]["total"], 2);
    let query = json!({ "type": "Execution", "conditions": [{ "key": "Project.id", "operator": "=", "value": agent.project }],
                        "pagination": { "page": 0, "size": 30, "sorts": ["order,desc"] } });
    let (status, found) = agent.call("POST", "/api/v1/search", &[], Some(query)).await;
    assert_eq!(
        (status, &found["totalElements"], &found["content"][0]["order"]),
        (200, &json!(2), &json!(2)),
        "{found}"
    );
    assert_no_nulls(&found);
    server.stop().await;
});

on_both_databases!(progress_shows_a_run_before_its_report, |server| {
    let (owner, agent) = agent(&server).await;
    let project = [("projectId", agent.project.as_str())];
    let path = "/api/v1/katalon/test-reports/update-result";
    let send = |body| agent.call("POST", path, &project, Some(body));
    let (status, first) = send(json!({ "sessionId": "s-1", "testSuiteId": "" })).await;
    assert_eq!((status, &first["executionStage"]), (200, &json!("RUNNING")), "{first}");
    for (name, outcome) in [("adds", "PASSED"), ("pays", "FAILED"), ("waits", "RUNNING")] {
        let (status, shown) =
            send(json!({ "sessionId": "s-1", "testSuiteId": "Test Suites/Smoke", "name": name, "status": outcome })).await;
        assert_eq!((status, &shown["id"]), (200, &first["id"]));
        assert_no_nulls(&shown);
    }
    let running = execution(&owner, &first["id"], "running").await;
    assert_eq!((&running["counts"]["passed"], &running["counts"]["failed"]), (&json!(1), &json!(1)));
    send(json!({ "sessionId": "s-1", "end": true })).await;
    execution(&owner, &first["id"], "done").await;
    assert!(
        refused(
            &agent
                .program
                .send(
                    agent
                        .program
                        .request("POST", &format!("{path}?projectId={}", agent.project))
                        .basic_auth("", Some(&agent.key))
                        .json(&json!({}))
                )
                .await,
            400
        )
        .contains("sessionId")
    );
    server.stop().await;
});

on_both_databases!(an_upload_url_belongs_to_one_project, |server| {
    let (owner, agent) = agent(&server).await;
    let slots = agent.slots("1").await;
    let geese = owner.organization("Geese").await;
    let grace = server.person_in(geese, "grace@example.com", "owner").await;
    let other =
        grace.create(&format!("/api/v2/organizations/{geese}/projects"), &json!({ "name": "Other" })).await;
    let key = api_key(&grace).await;
    let stranger =
        Agent { program: Program::engine(&server, &key), key, server: &server, project: other.to_string() };
    let files = |path: &Value| Some(json!([{ "fileName": "a.xml", "uploadedPath": path, "end": true }]));
    let batch = |project| [("projectId", project), ("batch", "b")];
    let own = batch(stranger.project.as_str());
    let (status, refusal) =
        stranger.call("POST", "/api/v1/testops-reports", &own, files(&slots[0]["path"])).await;
    assert_eq!(status, 400, "{refusal}");
    let foreign = batch(agent.project.as_str());
    let (status, _) =
        stranger.call("POST", "/api/v1/testops-reports", &foreign, files(&slots[0]["path"])).await;
    assert_eq!(status, 404);
    let foreign = [("projectId", agent.project.as_str())];
    assert_eq!(stranger.call("GET", "/api/v1/files/upload-url", &foreign, None).await.0, 404);
    let lost = reqwest::Client::new().put(format!("{}/api/v1/uploads/{}", server.url, "0".repeat(64)));
    assert_eq!(lost.body("x").send().await.unwrap().status(), 404);
    let list = owner.get(&format!("/api/v2/projects/{}/executions", agent.project)).await.body;
    assert_eq!(list["total"], 0);
    server.stop().await;
});

on_both_databases!(projects_are_in_teams, |server| {
    let (owner, agent) = agent(&server).await;
    let (status, first) = agent.call("GET", "/api/v1/projects/first", &[], None).await;
    assert_eq!((status, first.as_array().map(Vec::len), &first[0]["name"]), (200, Some(1), &json!("Shop")));
    let (_, me) = agent.call("GET", "/api/v1/users/me", &[], None).await;
    let team = me["teams"]
        .as_array()
        .unwrap()
        .iter()
        .find(|team| team["id"] == first[0]["teamId"])
        .expect("its team");
    assert!(team["organization"]["id"].is_i64(), "{me}");
    let team = first[0]["teamId"].to_string();
    let (status, made) =
        agent.call("POST", "/api/v1/projects", &[], Some(json!({ "name": "Till", "teamId": team }))).await;
    assert_eq!((status, &made["name"]), (200, &json!("Till")), "{made}");
    let (_, page) =
        agent.call("GET", "/api/v1/projects", &[("teamId", team.as_str()), ("sort", "name,asc")], None).await;
    let names: Vec<_> =
        page["content"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Shop", "Till"]);
    assert_no_nulls(&page);
    let list = owner.get(&format!("/api/v2/projects/{}/executions", made["id"])).await;
    assert_eq!(list.status, 200);
    server.stop().await;
});

on_both_databases!(the_report_of_a_session_replaces_its_progress, |server| {
    let (owner, agent) = agent(&server).await;
    let project = [("projectId", agent.project.as_str())];
    let path = "/api/v1/katalon/test-reports/update-result";
    let progress =
        json!({ "sessionId": "s-9", "testSuiteId": "Test Suites/Smoke", "name": "adds", "status": "PASSED" });
    let (_, live) = agent.call("POST", path, &project, Some(progress)).await;
    let slots = agent.slots("4").await;
    let results = json!({ "results": [
        { "uuid": "1", "name": "adds", "suiteName": "s", "status": "PASSED", "start": 1_795_278_062_000_i64, "stop": 1_795_278_063_500_i64, "duration": 1500 },
        { "uuid": "2", "name": "pays", "suiteName": "s", "status": "FAILED", "start": 1_795_278_063_500_i64, "stop": 1_795_278_064_000_i64, "duration": 500,
          "errors": [{ "message": "", "stackTrace": "Error: no money\n    at pay (a.js:1:2)" }] },
    ] });
    let contents = [
        (
            "metadata.json",
            json!({ "framework": "jest", "language": "javascript", "sessionId": "s-9", "buildLabel": "b-7", "buildUrl": "https://ci/7" }),
        ),
        (
            "execution.json",
            json!({ "uuid": "e", "status": "FAILED", "start": 1_795_278_062_000_i64, "stop": 1_795_278_064_000_i64, "duration": 2000 }),
        ),
        (
            "suites.json",
            json!({ "suites": [{ "uuid": "u", "parentUuid": "e", "name": "s", "start": 1, "stop": 2, "duration": 1 }] }),
        ),
        ("results.json", results),
    ];
    let mut files = Vec::new();
    for (slot, (name, content)) in slots.iter().zip(&contents) {
        agent.put(slot, &content.to_string()).await;
        files.push(json!({ "folderPath": "/home/ci/reports/1", "fileName": name, "uploadedPath": slot["path"], "end": files.len() == 3 }));
    }
    let batch = [("projectId", agent.project.as_str()), ("batch", "jest-1")];
    let (status, begun) = agent.call("POST", "/api/v1/testops-reports", &batch, Some(files.into())).await;
    assert_eq!(status, 200, "{begun}");
    let read = execution(&owner, &begun["id"], "done").await;
    assert_eq!(
        (&read["counts"]["passed"], &read["counts"]["failed"], &read["counts"]["total"]),
        (&json!(1), &json!(1), &json!(2)),
        "{read}"
    );
    assert_eq!((&read["build"], &read["build_url"]), (&json!("b-7"), &json!("https://ci/7")));
    assert_eq!(owner.get(&format!("/api/v2/executions/{}", live["id"])).await.status, 404);
    let list = owner.get(&format!("/api/v2/projects/{}/executions", agent.project)).await.body;
    assert_eq!(list["total"], 1, "{list}");
    server.stop().await;
});
