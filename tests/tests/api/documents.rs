//! Documents of the server about itself: OpenAPI, info, metrics, pages, errors.

use testkeep_tests::api::{CONTROL_TOKEN, METRICS_TOKEN};
use testkeep_tests::on_both_databases;

#[test]
fn openapi_json_is_as_committed() {
    let committed = include_str!("../../../crates/server/openapi.json");
    assert!(
        committed.replace('\r', "") == testkeep_server::testing::openapi_json(),
        "crates/server/openapi.json is out of date: run cargo xtask gen"
    );
}

#[test]
fn the_page_has_the_endpoints_of_the_document() {
    let page = include_str!("../../../docs/api-design.md").replace('\r', "");
    let fresh = testkeep_server::testing::with_endpoints(&page).unwrap();
    assert!(page == fresh, "docs/api-design.md is out of date: run cargo xtask gen");
    let document: serde_json::Value =
        serde_json::from_str(&testkeep_server::testing::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.keys().all(|path| page.contains(&format!(" {path}"))), "every path has a line");
    assert!(testkeep_server::testing::with_endpoints("no marks").is_err());
}

on_both_databases!(health_and_documents, |server| {
    let anyone = server.anonymous();
    for path in ["/livez", "/readyz"] {
        assert_eq!(anyone.get(path).await.status, 200, "{path}");
    }
    assert_eq!(anyone.get("/info").await.body["profiles"]["active"][0], "on-premise");
    let document = anyone.get("/api/v2/openapi.json").await;
    assert!(document.body["paths"]["/api/v2/sessions"].is_object());
    assert_eq!(anyone.get("/api/v2/nothing").await.code(), "not_found");
    // On paths of existing clients, refusals have the shape that those clients expect.
    for (path, status) in [("/api/v1/nothing", 404), ("/oauth/token", 405)] {
        let refused = anyone.get(path).await;
        assert_eq!((refused.status, &refused.body["status"]), (status, &status.into()), "{path}");
    }
    server.stop().await;
});

on_both_databases!(pages_come_with_a_policy, |server| {
    for path in ["/", "/sign-in", "/team/1/project/2"] {
        let page = server.anonymous().get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && !policy.contains("script-src 'self' 'unsafe"),
            "{policy}"
        );
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
    }
    assert_eq!(server.anonymous().get("/_app/immutable/gone.js").await.status, 404);
    server.stop().await;
});

on_both_databases!(metrics_are_for_this_machine, |server| {
    server.anonymous().get("/livez").await;
    let caller = server.anonymous();
    let text = caller.request("GET", "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(
        text.contains("testkeep_http_requests_total{method=\"GET\",route=\"/livez\",status=\"200\"} 1"),
        "{text}"
    );
    let forwarded = caller.send(caller.request("GET", "/metrics").header("x-forwarded-for", "1.2.3.4")).await;
    assert_eq!(forwarded.code(), "forbidden");
    let from_afar = |token: &str| {
        caller.send(caller.request("GET", "/metrics").header("x-forwarded-for", "1.2.3.4").bearer_auth(token))
    };
    assert_eq!(from_afar(METRICS_TOKEN).await.status, 200);
    for other in [CONTROL_TOKEN, "", &METRICS_TOKEN[1..]] {
        assert_eq!(from_afar(other).await.code(), "forbidden", "{other}");
    }
    std::fs::write(server.app.layout.metrics_token(), "short\n").unwrap();
    assert_eq!(from_afar("short").await.code(), "forbidden", "easily guessed");
    std::fs::remove_file(server.app.layout.metrics_token()).unwrap();
    assert_eq!(from_afar(METRICS_TOKEN).await.code(), "forbidden");
    server.stop().await;
});
