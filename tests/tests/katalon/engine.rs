//! The console: sequence 2.2, with an API key instead of a password.

use serde_json::json;
use testkeep_tests::on_both_databases;

use crate::lease::verified;
use crate::program::{Program, api_key, form, live_sessions};

on_both_databases!(runs_with_an_api_key, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let mut engine = Program::engine(&server, &api_key(&grace).await);
    engine.organization = id.to_string();
    assert_eq!(engine.send(engine.request("GET", "/info")).await.status, 200);
    let license = engine.license().await;
    assert_eq!(license["organization"], json!({ "id": id, "name": "Ducks", "role": "USER" }));
    let keys = verified(license["value"].as_str().unwrap())["features"].to_string();
    assert!(keys.contains("cli") && !keys.contains("gui"), "{keys}");
    assert_eq!(engine.license().await["id"], license["id"], "the keep-alive keeps");
    assert_eq!(live_sessions(&owner, id, "KRE").await, 1);
    assert_eq!(engine.release().await.status, 200);
    assert_eq!(live_sessions(&owner, id, "KRE").await, 0);
    server.stop().await;
});

on_both_databases!(every_way_of_saying_who_works, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    owner.organization("Ducks").await;
    let key = api_key(&owner).await;
    let engine = Program::engine(&server, &key);
    // Without the parameter `username`; with an empty value; with the real address.
    for parameters in [
        vec![("password", key.as_str()), ("grant_type", "password")],
        vec![("username", ""), ("password", &key), ("grant_type", "password")],
        vec![("username", "ada@example.com"), ("password", &key), ("grant_type", "password")],
    ] {
        let answer = engine.grant(&parameters).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let me = engine.request("GET", "/api/v1/users/me");
        let me = engine.send(me.bearer_auth(answer.body["access_token"].as_str().unwrap())).await;
        assert_eq!(me.body["email"], "ada@example.com");
    }
    let basic = |user: &str, password: &str| {
        engine.request("GET", "/api/v1/users/me/").basic_auth(user, Some(password))
    };
    for (user, password) in
        [("", key.as_str()), ("ada@example.com", &key), ("ada@example.com", "correct horse battery")]
    {
        assert_eq!(engine.send(basic(user, password)).await.status, 200, "{user}");
    }
    let wrong = engine.send(basic("ada@example.com", "guess")).await;
    assert_eq!((wrong.status, wrong.body["error"].as_str()), (401, Some("unauthorized")));
    server.stop().await;
});

on_both_databases!(parameters_may_be_a_form, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let engine = Program::engine(&server, &api_key(&owner).await);
    let body = form(&[
        ("machineKey", engine.machine.as_str()),
        ("sessionId", &engine.session),
        ("organizationId", &id.to_string()),
        ("package", "FLOATING_ENGINE"),
    ]);
    let request = engine
        .request("POST", "/api/v1/license-keys/activate/")
        .bearer_auth(engine.token().await)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    let answer = engine.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let machines = owner.get(&format!("/api/v2/organizations/{id}/licenses/KRE/machines")).await;
    assert_eq!(machines.body["total"], 0, "a container's machine is not registered");
    // An empty form body, as Studio sends it.
    let empty = engine
        .request(
            "POST",
            &format!(
                "/api/v1/license-keys/release?{}",
                form(&[("machineKey", &engine.machine), ("sessionId", &engine.session)])
            ),
        )
        .bearer_auth(engine.token().await)
        .header("content-type", "application/x-www-form-urlencoded")
        .body("{}");
    assert_eq!(engine.send(empty).await.status, 200);
    assert_eq!(live_sessions(&owner, id, "KRE").await, 0);
    server.stop().await;
});
