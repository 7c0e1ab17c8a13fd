//! Which passwords are accepted, at every endpoint that sets one. Sign-in accepts every password that was accepted
//! once.

use serde_json::json;
use testkeep_domain::Secret;
use testkeep_server::testing::Authorized;
use testkeep_server::testing::reset_password;
use testkeep_tests::api::{EMAIL, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;

const REFUSED: [&str; 6] =
    ["short", "password1", "ada@example.com", "Lovelace1815", "trailing blank ", "no-break\u{a0}space"];
const COMPOSED: &str = "caf\u{e9} am see 7";
const DECOMPOSED: &str = "cafe\u{301} am see 7";

async fn store(server: &TestServer, password: &str, is_hash: bool) {
    let mut tx = server.app.db.begin().await.unwrap();
    testkeep_store::sql("UPDATE user_account SET password = $1, password_encrypted = $2")
        .bind(password)
        .bind(is_hash)
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

on_both_databases!(every_door_has_the_same_rule, |server| {
    server.activate().await;
    let token = server.setup_token().await;
    for password in REFUSED {
        let body = json!({ "setup_token": token, "email": EMAIL, "password": password, "first_name": "Ada",
                           "last_name": "Lovelace" });
        let answer = server.anonymous().post("/api/v2/default-account", &body).await;
        assert_eq!(answer.status, 422, "{password}: {}", answer.body);
        assert!(answer.body["error"]["fields"]["password"].is_string(), "{}", answer.body);
    }
    server.set_up_account().await;
    let owner = server.owner().await;
    let invited =
        owner.post("/api/v2/accounts/1/invitations", &json!({ "addresses": "grace@example.com" })).await;
    let link = invited.body["results"][0]["invitation"]["link"].as_str().unwrap().to_owned();
    let token = link.split_once("#token=").unwrap().1;
    for password in REFUSED {
        let change = json!({ "current_password": PASSWORD, "new_password": password });
        let changed = owner.post("/api/v2/me/password", &change).await;
        assert!(changed.body["error"]["fields"]["new_password"].is_string(), "{password}: {}", changed.body);
        server.forward(chrono::Duration::minutes(16));
        let body =
            json!({ "token": token, "password": password, "first_name": "Ada", "last_name": "Lovelace" });
        if password != "ada@example.com" {
            let answer = server.anonymous().post("/api/v2/invitation-link/password", &body).await;
            assert!(answer.body["error"]["fields"]["password"].is_string(), "{password}: {}", answer.body);
        }
        let secret = Secret::new(password);
        let reset = reset_password(&server.app, Authorized::at_the_console(), EMAIL, &secret).await;
        assert!(reset.is_err(), "{password}");
    }
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 201, "nothing was changed");
    server.stop().await;
});

on_both_databases!(typed_as_one_character_or_two_it_opens, |server| {
    server.set_up().await;
    let secret = Secret::new(DECOMPOSED);
    reset_password(&server.app, Authorized::at_the_console(), EMAIL, &secret).await.unwrap();
    for typed in [COMPOSED, DECOMPOSED] {
        assert_eq!(server.sign_in(EMAIL, typed).await.status, 201, "{typed:?}");
    }
    assert_eq!(server.sign_in(EMAIL, "cafe am see 7").await.status, 401);
    server.stop().await;
});

on_both_databases!(a_hash_of_what_was_typed_goes_on_working, |server| {
    server.set_up().await;
    // As earlier versions stored it.
    let old = server.app.passwords.hash(&Secret::new(DECOMPOSED)).await.unwrap();
    store(&server, &old, true).await;
    assert_eq!(server.sign_in(EMAIL, COMPOSED).await.status, 401, "nothing can be known of it before");
    let first = server.sign_in(EMAIL, DECOMPOSED).await;
    assert_eq!(first.status, 201);
    assert_eq!(server.sign_in(EMAIL, COMPOSED).await.status, 201, "hashed anew");
    assert_eq!(server.sign_in(EMAIL, DECOMPOSED).await.status, 201);
    let owner = server.owner_with(COMPOSED).await;
    let events = owner.get("/api/v2/accounts/1/audit-events?action=recover_password_by_sql").await.body;
    assert_eq!(events["total"], 0, "this is no recovery");
    server.stop().await;
});

on_both_databases!(what_was_taken_once_or_set_by_sql_opens, |server| {
    server.set_up().await;
    for password in ["password", " blank at both ends ", "no-break\u{a0}space", "ada@example.com", DECOMPOSED]
    {
        store(&server, password, false).await;
        assert_eq!(server.sign_in(EMAIL, password).await.status, 201, "{password:?}");
        assert_eq!(server.sign_in(EMAIL, password).await.status, 201, "{password:?}: its hash");
        let trimmed = password.trim();
        if trimmed != password {
            assert_eq!(server.sign_in(EMAIL, trimmed).await.status, 401, "as typed, not trimmed");
        }
    }
    server.stop().await;
});
