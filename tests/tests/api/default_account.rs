//! Creation of the default account, which works exactly once.

use chrono::Duration;
use serde_json::json;
use testkeep_tests::api::{EMAIL, PASSWORD};
use testkeep_tests::on_both_databases;

fn account(token: &str, email: &str) -> serde_json::Value {
    json!({ "setup_token": token, "email": email, "password": PASSWORD, "first_name": "Ada", "last_name": "L" })
}

const PATH: &str = "/api/v2/default-account";

on_both_databases!(needs_activation_and_the_newest_token, |server| {
    let anyone = server.anonymous();
    let early = server.setup_token().await;
    assert_eq!(anyone.post(PATH, &account(&early, EMAIL)).await.code(), "activation_required");
    server.activate().await;
    let newer = server.setup_token().await;
    for wrong in ["", "0", early.as_str(), &newer[1..]] {
        assert_eq!(anyone.post(PATH, &account(wrong, EMAIL)).await.code(), "forbidden", "{wrong}");
    }
    server.forward(Duration::days(8));
    assert_eq!(anyone.post(PATH, &account(&newer, EMAIL)).await.code(), "forbidden", "a week old");
    let fresh = server.setup_token().await;
    let created = anyone.post(PATH, &account(&fresh, " Ada@Example.COM ")).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.body["email"], EMAIL);
    assert_eq!(anyone.post(PATH, &account(&fresh, EMAIL)).await.code(), "conflict");
    let status = anyone.get("/api/v2/status").await;
    assert_eq!(status.body["state"], "ready");
    server.stop().await;
});

on_both_databases!(names_every_wrong_field, |server| {
    server.activate().await;
    let body = json!({ "setup_token": server.setup_token().await, "email": "ada", "password": "short",
                       "first_name": " ", "last_name": "x".repeat(101) });
    let answer = server.anonymous().post(PATH, &body).await;
    assert_eq!(answer.status, 422);
    let fields = answer.body["error"]["fields"].as_object().unwrap();
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["email", "first_name", "last_name", "password"]);
    let hostile = server.anonymous().post(PATH, &json!({ "setup_token": 5 })).await;
    assert_eq!(hostile.code(), "invalid", "{}", hostile.body);
    server.stop().await;
});

on_both_databases!(a_hundred_at_once_give_one_account, |server| {
    server.activate().await;
    let token = server.setup_token().await;
    let attempts = (0..100).map(|number| {
        let caller = server.anonymous();
        let body = account(&token, &format!("person{number}@example.com"));
        async move { caller.post(PATH, &body).await }
    });
    let answers = futures_util::future::join_all(attempts).await;
    let created: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(created.len(), 1);
    for answer in &answers {
        assert!(matches!(answer.status, 201 | 403 | 409 | 429), "{} {}", answer.status, answer.body);
    }
    let email = created[0].body["email"].as_str().unwrap();
    let owner = server.sign_in(email, PASSWORD).await;
    assert_eq!(owner.status, 201, "{}", owner.body);
    let (count,): (i64,) = testkeep_store::sql("SELECT CAST(COUNT(*) AS BIGINT) FROM user_account")
        .fetch_one(&server.app.db)
        .await
        .unwrap();
    assert_eq!(count, 1);
    server.stop().await;
});
