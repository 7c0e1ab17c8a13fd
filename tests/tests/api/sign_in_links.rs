//! The link that signs in a browser on the server machine, made by a person who is signed in in the desktop window.

use chrono::Duration;
use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller, EMAIL, PASSWORD, TestServer, credentials};
use testkeep_tests::on_both_databases;

async fn link(caller: &Caller) -> String {
    let answer = caller.post("/api/v2/sign-in-links", &Value::Null).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body["url"].as_str().unwrap().to_owned()
}

fn token(url: &str) -> &str {
    url.split_once("/sign-in-link#token=").unwrap().1
}

async fn follow(server: &TestServer, url: &str) -> (Caller, Answer) {
    let browser = server.with_cookies();
    let answer = browser.post("/api/v2/sign-in-links/follow", &json!({ "token": token(url) })).await;
    (browser, answer)
}

on_both_databases!(a_link_signs_a_browser_in_once, |server| {
    server.set_up().await;
    let window = server.owner().await;
    let url = link(&window).await;
    assert!(url.starts_with(server.app.config.server_url.as_str()), "{url}");
    let (browser, answer) = follow(&server, &url).await;
    assert_eq!((answer.status, &answer.body["user"]["email"]), (201, &json!(EMAIL)), "{}", answer.body);
    assert_eq!(browser.get("/api/v2/me").await.body["user"]["email"], EMAIL);
    let (_, again) = follow(&server, &url).await;
    assert_eq!((again.status, again.code()), (410, "link_invalid"), "it works once");
    assert_eq!(browser.get("/api/v2/me").await.status, 200, "the session of the first use goes on");
    let sessions = window.get("/api/v2/me/sessions").await;
    assert_eq!(
        sessions.body["items"].as_array().map_or(0, Vec::len),
        2,
        "no link is left: {}",
        sessions.body
    );
    let events = window.get("/api/v2/accounts/1/audit-events?action=sign_in").await;
    assert_eq!(events.body["items"][0]["details"]["by_link"], true, "{}", events.body);
    server.stop().await;
});

on_both_databases!(a_link_is_no_session_and_ends_within_a_minute, |server| {
    server.set_up().await;
    let window = server.owner().await;
    let url = link(&window).await;
    let as_session = Caller::signed_in(&server.url, Some(token(&url).to_owned()));
    assert_eq!(as_session.get("/api/v2/me").await.status, 401, "its token signs no request");
    server.forward(Duration::seconds(61));
    assert_eq!(follow(&server, &url).await.1.status, 410);
    for wrong in ["", "guessed", &"0".repeat(64)] {
        let answer =
            server.anonymous().post("/api/v2/sign-in-links/follow", &json!({ "token": wrong })).await;
        assert_eq!((answer.status, answer.code()), (410, "link_invalid"));
    }
    server.stop().await;
});

on_both_databases!(what_ends_the_sessions_ends_the_link, |server| {
    server.set_up().await;
    let window = server.owner().await;
    let url = link(&window).await;
    assert!(window.delete("/api/v2/me/sessions").await.status < 300);
    assert_eq!(follow(&server, &url).await.1.status, 410, "other sessions were ended");
    let url = link(&window).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "another password" });
    assert!(window.post("/api/v2/me/password", &change).await.status < 300);
    assert_eq!(follow(&server, &url).await.1.status, 410, "the password was changed");
    server.stop().await;
});

on_both_databases!(of_many_at_once_one_gets_in, |server| {
    server.set_up().await;
    let url = link(&server.owner().await).await;
    let all = (0..8).map(|_| follow(&server, &url));
    let answers = futures_util::future::join_all(all).await;
    let statuses: Vec<u16> = answers.iter().map(|(_, answer)| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 410].contains(status)), "{statuses:?}");
    server.stop().await;
});

/// Addresses of other machines, as a trusted proxy reports them.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_on_the_server_machine_only() {
    let database = testkeep_domain::config::DatabaseConfig::BuiltIn;
    let server = TestServer::start_with(database, vec!["127.0.0.0/8"]).await;
    server.set_up().await;
    let window = server.owner().await;
    let far = |caller: &Caller, path: &str, body: &Value| {
        caller.request("POST", path).header("x-forwarded-for", "192.0.2.7").json(body)
    };
    let answer = window.send(far(&window, "/api/v2/sign-in-links", &Value::Null)).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
    let url = link(&window).await;
    let stranger = server.anonymous();
    let body = json!({ "token": token(&url) });
    let answer = stranger.send(far(&stranger, "/api/v2/sign-in-links/follow", &body)).await;
    assert_eq!(answer.status, 410, "{}", answer.body);
    assert_eq!(follow(&server, &url).await.1.status, 201, "the attempt from elsewhere did not use it up");
    assert_eq!(server.anonymous().post("/api/v2/sessions", &credentials(EMAIL, PASSWORD)).await.status, 201);
    server.stop().await;
}
