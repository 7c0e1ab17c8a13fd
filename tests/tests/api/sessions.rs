//! Sign-in, sign-in sessions, sign-out, and limits for guessing.

use chrono::Duration;
use serde_json::json;
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::api::{Caller, EMAIL, PASSWORD, TestServer, credentials};
use testkeep_tests::on_both_databases;

on_both_databases!(a_session_lives_from_sign_in_to_sign_out, |server| {
    server.set_up().await;
    for caller in [server.owner().await, server.browser().await] {
        let me = caller.get("/api/v2/me").await;
        assert_eq!(me.body["user"]["email"], EMAIL);
        assert_eq!(me.body["account_role"], "owner");
        assert!(me.body["actions"].as_array().unwrap().contains(&"update_account".into()));
        assert_eq!(caller.delete("/api/v2/sessions/current").await.status, 204);
        assert_eq!(caller.get("/api/v2/me").await.code(), "unauthorized");
    }
    server.stop().await;
});

on_both_databases!(wrong_and_unknown_get_one_answer, |server| {
    server.set_up().await;
    let wrong = server.sign_in(EMAIL, "not the password").await;
    let unknown = server.sign_in("nobody@example.com", PASSWORD).await;
    let nonsense = server.sign_in("\u{0}", PASSWORD).await;
    for answer in [&wrong, &unknown, &nonsense] {
        assert_eq!((answer.status, answer.code()), (401, "wrong_credentials"), "{}", answer.body);
        assert_eq!(answer.body, wrong.body);
    }
    assert_eq!(server.sign_in(" ADA@example.com ", PASSWORD).await.status, 201);
    server.stop().await;
});

on_both_databases!(sessions_end_when_idle_and_after_thirty_days, |server| {
    server.set_up().await;
    let idle = server.owner().await;
    server.forward(Duration::days(6));
    assert_eq!(idle.get("/api/v2/me").await.status, 200);
    server.forward(Duration::days(6));
    assert_eq!(idle.get("/api/v2/me").await.status, 200, "the request six days ago counts as use");
    server.forward(Duration::days(8));
    assert_eq!(idle.get("/api/v2/me").await.status, 401);
    let busy = server.owner().await;
    for _ in 0..4 {
        server.forward(Duration::days(6));
        assert_eq!(busy.get("/api/v2/me").await.status, 200);
    }
    server.forward(Duration::days(6));
    assert_eq!(busy.get("/api/v2/me").await.status, 401, "thirty days");
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_speaks_for_its_clients() {
    let server = TestServer::start_with(DatabaseConfig::BuiltIn, vec!["127.0.0.0/8"]).await;
    server.set_up().await;
    for number in 0..105 {
        let caller = server.anonymous();
        let request = caller
            .request("POST", "/api/v2/sessions")
            .header("x-forwarded-for", format!("10.1.1.{number}"))
            .json(&credentials(&format!("person{number}@example.com"), "guess"));
        assert_eq!(caller.send(request).await.status, 401);
    }
    server.stop().await;
}

on_both_databases!(signing_in_again_ends_the_session_that_was_there, |server| {
    server.set_up().await;
    let browser = server.browser().await;
    let token_of =
        |answer: &testkeep_tests::api::Answer| answer.body["token"].as_str().map(ToOwned::to_owned);
    let first = server.sign_in(EMAIL, PASSWORD).await;
    let planted = token_of(&first).unwrap();
    let cookies = first.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let cookie =
        cookies.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.ends_with(&planted));
    let caller = server.anonymous();
    let again = caller
        .request("POST", "/api/v2/sessions")
        .header("cookie", cookie.unwrap())
        .json(&credentials(EMAIL, PASSWORD));
    let again = caller.send(again).await;
    let new = token_of(&again).unwrap();
    let with = |token: &str| Caller::signed_in(&server.url, Some(token.to_owned()));
    assert_ne!(planted, new);
    assert_eq!(with(&planted).get("/api/v2/me").await.status, 401);
    assert_eq!(with(&new).get("/api/v2/me").await.status, 200);
    assert_eq!(browser.get("/api/v2/me").await.status, 200, "other sessions go on");
    let answer = browser.post("/api/v2/sessions", &credentials(EMAIL, "wrong")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(browser.get("/api/v2/me").await.status, 200, "a wrong password ends nothing");
    server.stop().await;
});

on_both_databases!(a_page_gets_no_token, |server| {
    server.set_up().await;
    let caller = server.anonymous();
    let sign_in = |site: &str| {
        let request = caller.request("POST", "/api/v2/sessions").header("sec-fetch-site", site);
        request.json(&credentials(EMAIL, PASSWORD))
    };
    let page = caller.send(sign_in("same-origin")).await;
    assert_eq!((page.status, page.body.get("token")), (201, None));
    assert!(page.headers.contains_key("set-cookie"));
    let program = caller.send(sign_in("none")).await;
    assert!(program.body["token"].is_string());
    server.stop().await;
});

on_both_databases!(another_site_cannot_use_the_cookie, |server| {
    server.set_up().await;
    let browser = server.browser().await;
    let delete = || browser.request("DELETE", "/api/v2/sessions/current");
    for (header, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let answer = browser.send(delete().header(header, value)).await;
        assert_eq!(answer.code(), "forbidden", "{header}: {value}");
    }
    let own = browser.send(delete().header("origin", server.url.as_str())).await;
    assert_eq!(own.status, 204, "{}", own.body);
    server.stop().await;
});

on_both_databases!(cors_is_open_to_the_desktop_alone, |server| {
    let caller = server.anonymous();
    let allowed = |origin: &'static str| {
        let request = caller.request("GET", "/api/v2/status").header("origin", origin);
        async { caller.send(request).await.headers.get("access-control-allow-origin").cloned() }
    };
    assert_eq!(allowed("tauri://localhost").await.unwrap(), "tauri://localhost");
    assert_eq!(allowed("https://evil.example").await, None);
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_kept_as_hashes_only() {
    let server = TestServer::start(testkeep_tests::api::Database::Sqlite).await;
    server.set_up().await;
    let owner = server.owner().await;
    let token = owner.bearer.clone().unwrap();
    let folder = server.stop_keeping_files().await;
    for file in std::fs::read_dir(folder.path().join("data")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in [token.as_bytes(), PASSWORD.as_bytes()] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret));
        }
    }
}

// Two tabs of one browser share its cookie: in the other tab, another person signs in.
on_both_databases!(a_page_made_for_somebody_else_does_nothing, |server| {
    server.set_up().await;
    let browser = server.browser().await;
    let me = browser.get("/api/v2/me").await.body["user"]["id"].as_i64().unwrap();
    let rename = |made_for: i64, name: &str| {
        let request = browser.request("PATCH", "/api/v2/me").header("x-testkeep-user", made_for.to_string());
        browser.send(request.json(&json!({ "first_name": name })))
    };
    let answer = rename(me + 1, "Changed").await;
    assert_eq!((answer.status, answer.code()), (409, "other_account"), "{}", answer.body);
    assert!(answer.message().contains(EMAIL) && answer.message().contains("Reload"), "{}", answer.message());
    let answer = rename(me, "Mine").await;
    assert!((200..300).contains(&answer.status), "{}", answer.body);
    assert_eq!(browser.get("/api/v2/me").await.body["user"]["first_name"], "Mine");
    server.stop().await;
});
