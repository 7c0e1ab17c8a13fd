//! Addresses that requests come from and go to: listed and unlisted proxies, and browsers that use another address than
//! the server's.

use testkeep_domain::ServerUrl;
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::api::{Answer, Caller, EMAIL, PASSWORD, TestServer, credentials};
use testkeep_tests::on_both_databases;

const STATUS: &str = "/api/v2/status";

async fn sign_in(caller: &Caller, headers: &[(&str, &str)]) -> Answer {
    let request = caller.request("POST", "/api/v2/sessions").json(&credentials(EMAIL, PASSWORD));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    caller.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_with_ports_count_one_by_one() {
    let server = TestServer::start_with(DatabaseConfig::BuiltIn, vec!["127.0.0.1/32"]).await;
    server.set_up().await;
    for hop in ["10.1.1.1:5678", "[2001:db8::1]:443", "[2001:db8::2]"] {
        assert_eq!(sign_in(&server.anonymous(), &[("x-forwarded-for", hop)]).await.status, 201, "{hop}");
    }
    let sessions = server.owner().await.get("/api/v2/me/sessions").await.body.to_string();
    for address in ["10.1.1.1", "2001:db8::1", "2001:db8::2"] {
        assert!(sessions.contains(&format!("\"{address}\"")), "{address}: {sessions}");
    }
    server.stop().await;
}

on_both_databases!(admins_are_told_of_an_unlisted_proxy, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    assert_eq!(owner.get(STATUS).await.body["notices"], serde_json::json!([]));
    let through = owner.request("GET", "/api/v2/me").header("x-forwarded-for", "10.1.1.1");
    assert_eq!(owner.send(through).await.status, 200);
    let notices = owner.get(STATUS).await.body["notices"].clone();
    let notice = notices[0].as_str().unwrap_or_default();
    assert!(
        notice.contains("127.0.0.1") && notice.contains("trusted_proxies = [\"127.0.0.1\"]"),
        "{notices}"
    );
    assert_eq!(notices.as_array().map(Vec::len), Some(1), "once for each proxy");
    assert_eq!(server.anonymous().get(STATUS).await.body["notices"], serde_json::json!([]));
    let member = server.person("member@example.com").await;
    assert_eq!(member.get(STATUS).await.body["notices"], serde_json::json!([]), "a member cannot mend it");
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn admins_are_told_that_everybody_is_a_proxy() {
    let server = TestServer::start_with(DatabaseConfig::BuiltIn, vec!["0.0.0.0/0"]).await;
    server.set_up().await;
    let notices = server.owner().await.get(STATUS).await.body["notices"].clone();
    assert!(notices[0].as_str().unwrap_or_default().contains("0.0.0.0/0"), "{notices}");
    server.stop().await;
}

// As behind nginx without `proxy_set_header Host $host;`: the browser uses one address, and the server receives
// another.
on_both_databases!(sign_in_says_what_a_proxy_has_to_pass_on, |server| {
    server.set_up().await;
    let anyone = server.anonymous();
    for (origin, host, line) in [
        ("http://tests.example.com", "127.0.0.1:8080", "proxy_set_header Host $host;"),
        ("https://tests.example.com:8443", "tests.example.com", "proxy_set_header Host $http_host;"),
        ("https://evil.example", "tests.example.com", "proxy_set_header Host $host;"),
    ] {
        let refused = sign_in(&anyone, &[("origin", origin), ("host", host)]).await;
        assert_eq!((refused.status, refused.code()), (403, "forbidden"), "{origin}");
        for part in [origin, host, server.url.as_str(), line] {
            assert!(refused.message().contains(part), "{part}: {}", refused.message());
        }
    }
    for headers in [
        vec![("origin", "http://tests.example.com"), ("host", "tests.example.com")],
        vec![("origin", "https://tests.example.com:8443"), ("host", "Tests.Example.com:8443")],
        vec![("origin", server.url.as_str()), ("host", "inside:8080")],
        vec![("origin", "http://inside.example"), ("host", "x"), ("sec-fetch-site", "same-origin")],
        vec![("origin", "tauri://localhost"), ("sec-fetch-site", "cross-site")],
        vec![],
    ] {
        assert_eq!(sign_in(&anyone, &headers).await.status, 201, "{headers:?}");
    }
    for headers in [vec![("sec-fetch-site", "cross-site")], vec![("origin", "null")]] {
        assert_eq!(sign_in(&anyone, &headers).await.code(), "forbidden", "{headers:?}");
    }
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn the_status_names_both_addresses() {
    let server = TestServer::start_changed(DatabaseConfig::BuiltIn, |config| {
        config.server_url = ServerUrl::parse("https://tests.example.com").unwrap();
    })
    .await;
    let anyone = server.anonymous();
    let status = anyone.send(anyone.request("GET", STATUS).header("host", "inside:8080")).await.body;
    assert_eq!(
        (&status["server_url"], &status["host"]),
        (&"https://tests.example.com".into(), &"inside:8080".into())
    );
    let long = "x".repeat(5000);
    let status = anyone.send(anyone.request("GET", STATUS).header("host", long)).await.body;
    assert!(status["host"].as_str().unwrap().len() < 300);
    server.stop().await;
}

on_both_databases!(strangers_do_not_learn_who_the_customer_is, |server| {
    server.set_up().await;
    let (stranger, owner) = (server.anonymous(), server.owner().await);
    let seen = stranger.get(STATUS).await.body;
    assert_eq!(
        (&seen["state"], &seen["license"], &seen["ending"]),
        (&"ready".into(), &serde_json::Value::Null, &serde_json::json!([]))
    );
    assert!(!seen.to_string().contains("Example Company"), "{seen}");
    assert_eq!(owner.get(STATUS).await.body["license"]["customer"], "Example Company");
    let wrong = Caller::signed_in(&server.url, Some("guessed".into()));
    assert_eq!(wrong.get(STATUS).await.body["license"], serde_json::Value::Null);
    server.stop().await;
});
