//! API keys: creating, using and revoking them, and their limits.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Duration;
use serde_json::{Value, json};
use testkeep_server::testing::{SESSION_COOKIE, cookie_name};
use testkeep_store::sql;
use testkeep_tests::api::{Answer, Caller, EMAIL, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;

use crate::audit::newest_events;

const ME: &str = "/api/v2/me";
const KEYS: &str = "/api/v2/me/api-keys";

async fn create(caller: &Caller, name: &str, days: Option<i64>) -> Value {
    let answer = caller.post(KEYS, &json!({ "name": name, "expires_in_days": days })).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.body
}

fn key_of(created: &Value) -> String {
    created["key"].as_str().unwrap().into()
}

fn with_key(server: &TestServer, key: &str) -> Caller {
    let mut program = server.anonymous();
    program.bearer = Some(key.into());
    program
}

async fn authorized(server: &TestServer, value: &str) -> Answer {
    let anyone = server.anonymous();
    anyone.send(anyone.request("GET", ME).header("authorization", value)).await
}

async fn basic(server: &TestServer, credentials: &str) -> Answer {
    authorized(server, &format!("Basic {}", STANDARD.encode(credentials))).await
}

on_both_databases!(a_key_is_shown_once_and_signs_in, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let created = create(&owner, " build server ", None).await;
    let key = key_of(&created);
    let digits = key.strip_prefix("tkk_").unwrap();
    assert!(digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()), "{key}");
    assert_eq!(
        (created["name"].as_str(), created["start"].as_str()),
        (Some("build server"), Some(&key[..8]))
    );
    let list = owner.get(KEYS).await.body;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &created["id"]));
    assert!(list["items"][0].get("key").is_none());
    assert!(!list.to_string().contains(&key), "{list}");
    assert_eq!(list["items"][0]["last_used_at"], Value::Null);
    for answer in [
        with_key(&server, &key).get(ME).await,
        authorized(&server, &format!("bearer {key}")).await,
        basic(&server, &format!(":{key}")).await,
        basic(&server, &format!("{EMAIL}:{key}")).await,
    ] {
        assert_eq!(answer.body["user"]["email"], EMAIL, "{}", answer.body);
        assert_eq!(answer.body["account_role"], "owner", "it may what its person may");
    }
    assert_ne!(owner.get(KEYS).await.body["items"][0]["last_used_at"], Value::Null);
    let event = &newest_events(&owner, 1).await[0];
    assert_eq!((event["action"].as_str(), &event["target_id"]), (Some("create_api_key"), &created["id"]));
    assert!(!event.to_string().contains(&key));
    let (hash,): (Vec<u8>,) = sql("SELECT token_hash FROM api_key").fetch_one(&server.app.db).await.unwrap();
    assert_eq!(hash, testkeep_server::testing::hash_token(&key));
    server.stop().await;
});

on_both_databases!(what_is_no_key_is_nobody, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let key = key_of(&create(&owner, "build server", None).await);
    let session = owner.bearer.clone().unwrap();
    let wrong_prefix = key.replace("tkk_", "tkx_");
    for value in [
        format!("Bearer {wrong_prefix}"),
        format!("Bearer {}", &key[..key.len() - 1]),
        format!("Bearer {}", key.to_uppercase()),
        "Bearer tkk_".into(),
        "Bearer".into(),
        format!("Basic {key}"),
        "Basic %%%not base64%%%".into(),
        "Basic ".into(),
        format!("Basic {}", STANDARD.encode(&key)),
        format!("Basic {}", STANDARD.encode(format!("{key}:"))),
        format!("Basic {}", STANDARD.encode([0xff, b':', 0xfe])),
        format!("Basic {}", STANDARD.encode(format!(":{wrong_prefix}"))),
        format!("Basic {}", STANDARD.encode(format!("{EMAIL}:{PASSWORD}"))),
        // Session tokens are valid as Bearer and as cookie only.
        format!("Basic {}", STANDARD.encode(format!(":{session}"))),
        format!("Digest {key}"),
        key.clone(),
    ] {
        let answer = authorized(&server, &value).await;
        assert_eq!((answer.status, answer.code()), (401, "unauthorized"), "{value}");
    }
    server.stop().await;
});

// A browser adds cookies by itself but never API keys, so another site's page cannot make it send one.
on_both_databases!(a_key_belongs_into_the_header, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let key = key_of(&create(&owner, "dashboard", None).await);
    let anyone = server.anonymous();
    let name = cookie_name(&server.app.config.server_url, SESSION_COOKIE);
    let in_a_cookie = anyone.request("GET", ME).header("cookie", format!("{name}={key}"));
    assert_eq!(anyone.send(in_a_cookie).await.code(), "unauthorized");
    let in_the_address = anyone.get(&format!("{ME}?access_token={key}")).await;
    assert_eq!(in_the_address.code(), "unauthorized");
    let program = with_key(&server, &key);
    let from_a_page = program
        .request("POST", "/api/v2/organizations")
        .header("sec-fetch-site", "cross-site")
        .header("origin", "https://dashboard.example")
        .json(&json!({ "name": "Compilers" }));
    let made = program.send(from_a_page).await;
    assert_eq!(made.status, 201, "a header that somebody set on purpose needs no origin: {}", made.body);
    assert_eq!(made.headers.get("access-control-allow-origin"), None);
    server.stop().await;
});

on_both_databases!(a_key_ends_when_it_expires_or_is_revoked, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let (short, long) = (create(&owner, "short", Some(1)).await, create(&owner, "long", Some(3650)).await);
    let (endless, other) = (create(&owner, "endless", None).await, create(&owner, "other", None).await);
    let status = |created: &Value| {
        let program = with_key(&server, &key_of(created));
        async move { program.get(ME).await.status }
    };
    server.forward(Duration::days(1) - Duration::milliseconds(1));
    assert_eq!(status(&short).await, 200);
    server.forward(Duration::milliseconds(1));
    assert_eq!((status(&short).await, status(&long).await), (401, 200));
    let grace = server.person("grace@example.com").await;
    let path = format!("{KEYS}/{}", other["id"]);
    assert_eq!(grace.delete(&path).await.code(), "not_found", "somebody else's");
    assert_eq!(status(&other).await, 200);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!((status(&other).await, status(&endless).await), (401, 200));
    assert_eq!(owner.delete(&path).await.code(), "not_found");
    let event = &newest_events(&owner, 1).await[0];
    assert_eq!(
        (event["action"].as_str(), event["target_name"].as_str()),
        (Some("revoke_api_key"), Some("other"))
    );
    let names: Vec<_> = owner.get(KEYS).await.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["name"].clone())
        .collect();
    assert_eq!(names, ["endless", "long", "short"], "newest first, expired ones too");
    server.forward(Duration::days(3650));
    assert_eq!((status(&long).await, status(&endless).await), (401, 200));
    server.stop().await;
});

on_both_databases!(the_keys_of_somebody_removed_are_gone, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let grace = server.person("grace@example.com").await;
    let program = with_key(&server, &key_of(&create(&grace, "build server", None).await));
    assert_eq!(program.get(ME).await.status, 200);
    assert_eq!(owner.delete(&format!("/api/v2/accounts/1/users/{}", grace.id)).await.status, 204);
    assert_eq!(program.get(ME).await.code(), "unauthorized");
    server.join(grace.id, 1, "member").await;
    assert_eq!(program.get(ME).await.code(), "unauthorized", "coming back does not bring keys back");
    server.stop().await;
});

// A key must not create anything that outlives it, and must not lock its person out.
on_both_databases!(a_key_may_not_make_keys_or_touch_the_sign_in, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let created = create(&owner, "build server", None).await;
    let program = with_key(&server, &key_of(&created));
    let sessions = owner.get("/api/v2/me/sessions").await.body;
    let named = json!({ "name": "another" });
    let change = json!({ "current_password": PASSWORD, "new_password": "staple battery horse" });
    for (method, path) in [
        ("GET", KEYS.to_owned()),
        ("POST", KEYS.to_owned()),
        ("DELETE", format!("{KEYS}/{}", created["id"])),
        ("POST", "/api/v2/me/password".to_owned()),
        ("GET", "/api/v2/me/sessions".to_owned()),
        ("DELETE", "/api/v2/me/sessions".to_owned()),
        ("DELETE", format!("/api/v2/me/sessions/{}", sessions["items"][0]["id"])),
        ("DELETE", "/api/v2/sessions/current".to_owned()),
    ] {
        let body = if path == KEYS { &named } else { &change };
        let answer = program.send(program.request(method, &path).json(body)).await;
        assert_eq!((answer.status, answer.code()), (403, "forbidden"), "{method} {path}");
        let nobody = server.anonymous();
        let answer = nobody.send(nobody.request(method, &path).json(body)).await;
        assert_eq!(answer.code(), "unauthorized", "{method} {path}");
    }
    assert_eq!(owner.get(KEYS).await.body["total"], 1);
    assert_eq!(owner.get("/api/v2/me/sessions").await.body, sessions);
    assert_eq!(program.patch(ME, &json!({ "first_name": "Augusta" })).await.status, 200);
    server.stop().await;
});

on_both_databases!(a_key_needs_a_name_and_a_sensible_end, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    for (name, days, field) in [
        ("", json!(null), "name"),
        ("  ", json!(null), "name"),
        ("a\nb", json!(null), "name"),
        (&"x".repeat(101), json!(null), "name"),
        ("ok", json!(0), "expires_in_days"),
        ("ok", json!(-1), "expires_in_days"),
        ("ok", json!(3651), "expires_in_days"),
        ("ok", json!(i64::MAX), "expires_in_days"),
    ] {
        let refused = owner.post(KEYS, &json!({ "name": name, "expires_in_days": days })).await;
        assert_eq!((refused.status, refused.code()), (422, "invalid"), "{name} {days}");
        assert!(refused.body["error"]["fields"][field].is_string(), "{}", refused.body);
    }
    for wrong in [json!({}), json!({ "name": 5 }), json!({ "name": "ok", "expires_in_days": "soon" })] {
        assert_eq!(owner.post(KEYS, &wrong).await.code(), "invalid", "{wrong}");
    }
    assert_eq!(owner.get(KEYS).await.body["total"], 0);
    create(&owner, &"é".repeat(100), Some(1)).await;
    server.stop().await;
});

on_both_databases!(nobody_has_more_than_fifty, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let grace = server.person("grace@example.com").await;
    let attempts = (0..60).map(|number| {
        let owner = &owner;
        async move { owner.post(KEYS, &json!({ "name": format!("key {number}") })).await }
    });
    let answers = futures_util::future::join_all(attempts).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    let refused = answers.iter().filter(|answer| (answer.status, answer.code()) == (409, "conflict")).count();
    assert_eq!((made, refused), (50, 10));
    assert_eq!(owner.get(KEYS).await.body["total"], 50);
    create(&grace, "others may", None).await;
    let id = owner.get(KEYS).await.body["items"][0]["id"].clone();
    assert_eq!(owner.delete(&format!("{KEYS}/{id}")).await.status, 204);
    create(&owner, "in its place", None).await;
    server.stop().await;
});

on_both_databases!(making_one_needs_a_fresh_sign_in_or_the_password, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    create(&owner, "at once", None).await;
    server.forward(Duration::minutes(11));
    let asked = owner.post(KEYS, &json!({ "name": "later" })).await;
    assert_eq!(asked.status, 422, "{}", asked.body);
    assert!(asked.body["error"]["fields"]["password"].is_string(), "{}", asked.body);
    let wrong = owner.post(KEYS, &json!({ "name": "later", "password": "guess" })).await;
    assert!(wrong.body["error"]["fields"]["password"].is_string(), "{}", wrong.body);
    assert_eq!(owner.post(KEYS, &json!({ "name": "later", "password": PASSWORD })).await.status, 201);
    for _ in 0..10 {
        assert_eq!(owner.post(KEYS, &json!({ "name": "x", "password": "guess" })).await.status, 422);
    }
    assert_eq!(owner.post(KEYS, &json!({ "name": "x", "password": PASSWORD })).await.code(), "too_many");
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 201, "this session alone is limited");
    server.stop().await;
});

on_both_databases!(a_key_ends_on_its_day, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let key = key_of(&create(&owner, "for a week", Some(7)).await);
    server.forward(Duration::days(7) - Duration::minutes(1));
    assert_eq!(with_key(&server, &key).get(ME).await.status, 200);
    server.forward(Duration::minutes(2));
    assert_eq!(with_key(&server, &key).get(ME).await.status, 401);
    server.stop().await;
});
