//! Organizations and the account: create, rename, delete, and who sees them.

use serde_json::json;
use testkeep_tests::on_both_databases;

on_both_databases!(an_organization_lives_from_creation_to_deletion, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let created = owner.post("/api/v2/organizations", &json!({ "name": "  Compilers " })).await;
    assert_eq!((created.status, created.body["name"].as_str()), (201, Some("Compilers")));
    let path = format!("/api/v2/organizations/{}", created.body["id"]);
    assert_eq!(owner.post("/api/v2/organizations", &json!({ "name": "Debuggers" })).await.status, 201);
    let me = owner.get("/api/v2/me").await;
    let names: Vec<_> =
        me.body["organizations"].as_array().unwrap().iter().map(|o| o["name"].clone()).collect();
    assert_eq!(names, ["Compilers", "Debuggers"]);
    assert_eq!(me.body["organizations"][0]["role"], "owner");

    let renamed = owner.patch(&path, &json!({ "name": "Compiler team", "teams_enabled": false })).await;
    assert_eq!(
        (renamed.body["name"].as_str(), renamed.body["teams_enabled"].as_bool()),
        (Some("Compiler team"), Some(false))
    );
    for name in ["debuggers", "", " ", "a\u{7}b", &"x".repeat(101)] {
        let refused = owner.patch(&path, &json!({ "name": name })).await;
        assert_eq!(
            (refused.status, refused.body["error"]["fields"]["name"].is_string()),
            (422, true),
            "{name:?}"
        );
    }
    assert_eq!(owner.get(&path).await.body["name"], "Compiler team", "a refused change changes nothing");

    for confirm in ["", "Compilers", "compiler team"] {
        assert_eq!(owner.delete(&format!("{path}?confirm={confirm}")).await.status, 422);
    }
    assert_eq!(owner.delete(&format!("{path}?confirm=Compiler%20team")).await.status, 204);
    assert_eq!(owner.get(&path).await.status, 404);
    let log = owner.get("/api/v2/accounts/1/audit-events?search=compiler%20team").await;
    assert_eq!(log.body["items"][0]["action"], "delete_organization", "the log outlives it");
    server.stop().await;
});

on_both_databases!(only_who_belongs_sees_an_organization, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await.body["id"].clone();
    let path = format!("/api/v2/organizations/{id}");
    let stranger = server.person("stranger@example.com").await;
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(stranger.get("/api/v2/organizations").await.body["total"], 0);
    let refused = stranger.post("/api/v2/organizations", &json!({ "name": "Mine" })).await;
    assert_eq!(
        (refused.status, refused.message()),
        (403, "Your role does not allow this. Ask an Owner of the account.")
    );
    let member = server.person("member@example.com").await;
    server.join(member.id, id.as_i64().unwrap(), "member").await;
    assert_eq!(member.get(&path).await.status, 403, "a Member sees it, and not its settings");
    assert_eq!(member.get("/api/v2/me").await.body["organizations"][0]["name"], "Compilers");
    // An Admin of the account can reach every organization without being its member.
    let admin = server.person("admin@example.com").await;
    server.join(admin.id, 1, "admin").await;
    assert_eq!(admin.get(&path).await.status, 200);
    assert_eq!(admin.patch(&path, &json!({ "name": "Renamed" })).await.status, 200);
    assert_eq!(admin.delete(&format!("{path}?confirm=Renamed")).await.status, 403);
    let billing = server.person("billing@example.com").await;
    server.join(billing.id, 1, "billing_manager").await;
    assert_eq!(billing.get(&path).await.status, 403);
    assert_eq!(billing.get(&format!("{path}/users")).await.status, 403);
    server.stop().await;
});

on_both_databases!(the_account_has_a_name, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    assert_eq!(owner.patch("/api/v2/accounts/1", &json!({ "name": "Example Company" })).await.status, 200);
    let account = owner.get("/api/v2/accounts/1").await;
    assert_eq!(
        (account.body["name"].as_str(), account.body["user_count"].as_i64()),
        (Some("Example Company"), Some(1))
    );
    assert_eq!(owner.get("/api/v2/accounts/2").await.status, 404);
    let member = server.person("member@example.com").await;
    assert_eq!(member.get("/api/v2/accounts/1").await.status, 403);
    assert_eq!(member.patch("/api/v2/accounts/1", &json!({ "name": "Mine" })).await.status, 403);
    server.stop().await;
});

on_both_databases!(what_names_nothing_is_not_found, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    for path in [
        "organizations/999999",
        "organizations/0",
        "organizations/-1",
        "organizations/abc",
        "organizations/1",
        "organizations/99999999999999999999",
        "organizations/1%00",
        "teams/1",
        "projects/1/users",
        "planets/1/users",
        "accounts/1/users/abc",
        "invitations/abc",
    ] {
        let answer = owner.get(&format!("/api/v2/{path}")).await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {}", answer.status);
    }
    server.stop().await;
});
