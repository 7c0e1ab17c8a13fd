//! Activation: who may import what.

use chrono::Duration;
use testkeep_domain::license::VendorKey;
use testkeep_tests::api::{PASSWORD, license_by, machine};
use testkeep_tests::on_both_databases;

on_both_databases!(unactivated_server_serves_nothing_else, |server| {
    let status = server.anonymous().get("/api/v2/status").await;
    assert_eq!(status.body["state"], "activation_required");
    assert_eq!(status.body["license"], serde_json::Value::Null);
    let shown = server.anonymous().get("/api/v2/activation").await;
    assert_eq!(shown.body["machine_id"], machine("the server").to_string());
    assert_eq!(server.sign_in("ada@example.com", PASSWORD).await.code(), "activation_required");
    server.activate().await;
    let status = server.anonymous().get("/api/v2/status").await;
    assert_eq!(status.body["state"], "account_required");
    assert_eq!(status.body["license"]["customer"], "Example Company");
    assert_eq!(status.body["license"]["state"], "active");
    server.stop().await;
});

on_both_databases!(each_refusal_has_its_own_message, |server| {
    let stranger = VendorKey::from_seed(&[8; 32]);
    let now = server.clock.now();
    let valid = server.license(|_| ());
    let cases = [
        ("empty", String::new()),
        ("no license", "null".into()),
        ("truncated", valid[..valid.len() / 2].to_owned()),
        ("tampered", valid.replacen('A', "B", 1)),
        ("stranger", license_by(&stranger, now, |_| ())),
        ("other machine", server.license(|terms| terms.machine_id = machine("somebody else"))),
        (
            "expired",
            server.license(|terms| {
                terms.issued_at -= Duration::days(9);
                terms.not_before = terms.issued_at;
                terms.expires_at = now - Duration::days(1);
            }),
        ),
        (
            "from the future",
            server.license(|terms| {
                terms.issued_at += Duration::days(9);
                terms.not_before = terms.issued_at;
            }),
        ),
    ];
    let mut messages = std::collections::BTreeMap::new();
    for (name, file) in cases {
        let answer = server.import(file).await;
        assert_eq!(answer.status(), 422, "{name}");
        let body: serde_json::Value = answer.json().await.unwrap();
        let message = body["error"]["fields"]["file"].as_str().unwrap_or_default().to_owned();
        assert!(!message.is_empty(), "{name}: {body}");
        if let Some(other) = messages.insert(message.clone(), name) {
            panic!("{name} and {other} share the message {message}");
        }
    }
    let status = server.anonymous().get("/api/v2/status").await;
    assert_eq!(status.body["state"], "activation_required");
    server.stop().await;
});

on_both_databases!(renewal_needs_an_owner_and_a_newer_file, |server| {
    let first = server.license(|_| ());
    assert_eq!(server.import(first.clone()).await.status(), 200);
    assert_eq!(server.import(server.license(|_| ())).await.status(), 401, "a stranger after activation");
    server.set_up_account().await;
    let owner = server.owner().await;
    let import = |file: String| owner.send(owner.request("POST", "/api/v2/activation").body(file));
    let again = import(first).await;
    assert!(again.message().contains("already"), "{}", again.body);
    let older = import(server.license(|terms| {
        terms.issued_at -= Duration::days(2);
        terms.not_before = terms.issued_at;
    }))
    .await;
    assert_eq!(older.status, 422, "{}", older.body);
    server.forward(Duration::days(340));
    let expiring = server.anonymous().get("/api/v2/status").await;
    assert_eq!(expiring.body["license"]["state"], "expiring");
    // A year on nobody is signed in any more.
    let owner = server.owner().await;
    let renewed = owner.send(owner.request("POST", "/api/v2/activation").body(server.license(|_| ()))).await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    assert_eq!(renewed.body["license"]["state"], "active");
    server.stop().await;
});

on_both_databases!(an_expired_license_still_lets_people_sign_in, |server| {
    server.set_up().await;
    server.forward(Duration::days(400));
    let status = server.anonymous().get("/api/v2/status").await;
    assert_eq!(status.body["license"]["state"], "expired");
    assert_eq!(status.body["state"], "ready");
    let owner = server.owner().await;
    assert_eq!(owner.get("/api/v2/me").await.status, 200);
    server.stop().await;
});

on_both_databases!(a_clock_set_back_is_noticed_after_a_day, |server| {
    server.activate().await;
    server.clock.set(server.clock.now() - Duration::hours(23));
    assert_eq!(server.anonymous().get("/api/v2/status").await.body["clock"], "ok");
    server.clock.set(server.clock.now() - Duration::hours(2));
    assert_eq!(server.anonymous().get("/api/v2/status").await.body["clock"], "set_back");
    server.stop().await;
});

on_both_databases!(parallel_imports_of_one_file_give_one, |server| {
    let file = server.license(|_| ());
    let imports = (0..20).map(|_| server.import(file.clone()));
    let answers = futures_util::future::join_all(imports).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 1);
    assert!(answers.iter().all(|answer| answer.status() != 500));
    server.stop().await;
});

on_both_databases!(a_body_beyond_the_bound_is_refused, |server| {
    for size in [256 * 1024 + 1, 300 * 1024] {
        let answer = server.import(vec![b'x'; size]).await;
        assert_eq!(answer.status(), 422, "{size} bytes");
        let body: serde_json::Value = answer.json().await.unwrap();
        assert!(body["error"]["fields"]["file"].is_string(), "{body}");
    }
    // Of a large one the rest is not read: the answer may be lost with the connection, never the server.
    let url = format!("{}/api/v2/activation", server.url);
    if let Ok(answer) = reqwest::Client::new().post(url).body(vec![0_u8; 64 * 1024 * 1024]).send().await {
        assert_eq!(answer.status(), 422);
    }
    assert_eq!(server.anonymous().get("/api/v2/status").await.body["state"], "activation_required");
    server.stop().await;
});
