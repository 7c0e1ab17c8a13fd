//! Sign-in, sessions, sign-out, and what limits guessing.

use chrono::Duration;
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::api::{EMAIL, PASSWORD, TestServer, credentials};
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

on_both_databases!(an_account_is_closed_after_ten_wrong_passwords, |server| {
    server.set_up().await;
    for _ in 0..10 {
        assert_eq!(server.sign_in(EMAIL, "guess").await.status, 401);
    }
    let closed = server.sign_in(EMAIL, PASSWORD).await;
    assert_eq!((closed.status, closed.code()), (429, "too_many"));
    let seconds: i64 = closed.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=900).contains(&seconds), "{seconds}");
    assert_eq!(server.sign_in("somebody.else@example.com", "guess").await.status, 401, "others go on");
    server.forward(Duration::minutes(16));
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 201);
    server.stop().await;
});

on_both_databases!(parallel_guesses_do_not_slip_past, |server| {
    server.set_up().await;
    let guesses = (0..40).map(|number| {
        let server = &server;
        async move { server.sign_in(EMAIL, &format!("guess {number}")).await.status }
    });
    let statuses = futures_util::future::join_all(guesses).await;
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 30, "{statuses:?}");
    server.stop().await;
});

on_both_databases!(an_address_is_limited_whatever_accounts_it_tries, |server| {
    server.set_up().await;
    let guesses = (0..105).map(|number| {
        let server = &server;
        async move {
            let email = format!("person{number}@example.com");
            let caller = server.anonymous();
            let request = caller
                .request("POST", "/api/v2/sessions")
                .header("x-forwarded-for", format!("10.1.1.{number}"))
                .json(&credentials(&email, "guess"));
            caller.send(request).await.status
        }
    });
    let statuses = futures_util::future::join_all(guesses).await;
    let answered = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(answered, 100, "an untrusted header must not change the address: {statuses:?}");
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
