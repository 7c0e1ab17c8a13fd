//! The people of a scope: lists, roles, login options, removal, ownership, exports.

use serde_json::{Value, json};
use testkeep_tests::api::{Caller, EMAIL, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;

async fn organization(owner: &Caller) -> i64 {
    owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await.body["id"].as_i64().unwrap()
}

async fn emails(caller: &Caller, path: &str) -> Vec<String> {
    let answer = caller.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    items.iter().map(|item| item["email"].as_str().unwrap().split('@').next().unwrap().to_owned()).collect()
}

/// Signed in with a new session, which sets the list's last access.
async fn person_in(server: &TestServer, id: i64, name: &str, role: &str) -> testkeep_tests::people::Person {
    let person = server.person(&format!("{name}@example.com")).await;
    server.join(person.id, id, role).await;
    person
}

on_both_databases!(a_list_is_searched_filtered_sorted_and_paged, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner).await;
    for (name, role) in [("dora", "member"), ("bob", "admin"), ("carl_x", "member"), ("eve", "member")] {
        server.forward(chrono::Duration::minutes(1));
        person_in(&server, id, name, role).await;
    }
    let users = format!("/api/v2/organizations/{id}/users");
    assert_eq!(emails(&owner, &format!("{users}?sort=email")).await, ["ada", "bob", "carl_x", "dora", "eve"]);
    assert_eq!(
        emails(&owner, &format!("{users}?sort=email&order=desc")).await,
        ["eve", "dora", "carl_x", "bob", "ada"]
    );
    assert_eq!(
        emails(&owner, &format!("{users}?sort=joined_at")).await,
        ["ada", "dora", "bob", "carl_x", "eve"]
    );
    assert_eq!(emails(&owner, &format!("{users}?sort=last_access_at&order=desc")).await[0], "eve");
    assert_eq!(emails(&owner, &format!("{users}?sort=role")).await[0], "bob");
    assert_eq!(emails(&owner, &format!("{users}?role=admin")).await, ["bob"]);
    assert_eq!(emails(&owner, &format!("{users}?search=R")).await, ["carl_x", "dora"]);
    assert_eq!(emails(&owner, &format!("{users}?search=l_x")).await, ["carl_x"], "wildcards are letters");
    assert_eq!(emails(&owner, &format!("{users}?search=l%25x")).await, Vec::<String>::new());
    assert_eq!(emails(&owner, &format!("{users}?search=Eve%20Exa")).await, ["eve"]);
    let page = owner.get(&format!("{users}?sort=email&page=2&page_size=2")).await;
    assert_eq!((page.body["total"].as_i64(), page.body["items"].as_array().unwrap().len()), (Some(5), 2));
    assert_eq!(page.body["items"][0]["email"], "carl_x@example.com");
    for wrong in [
        "page=0",
        "page=x",
        "page_size=0",
        "page_size=201",
        "sort=password",
        "order=up",
        "role=king",
        "page=9223372036854775807&page_size=200",
        "search=%00",
    ] {
        let answer = owner.get(&format!("{users}?{wrong}")).await;
        assert_eq!((answer.status, answer.code()), (422, "invalid"), "{wrong}");
    }
    server.stop().await;
});

on_both_databases!(an_admin_reaches_members_only, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner).await;
    let admin = person_in(&server, id, "admin", "admin").await;
    let other = person_in(&server, id, "other", "admin").await;
    let member = person_in(&server, id, "member", "member").await;
    let user = |id_: i64| format!("/api/v2/organizations/{id}/users/{id_}");
    for body in [json!({ "role": "member" }), json!({ "password_sign_in": false })] {
        assert_eq!(admin.patch(&user(other.id), &body).await.status, 403);
        assert_eq!(admin.patch(&user(member.id), &body).await.status, 200);
        assert_eq!(member.patch(&user(other.id), &body).await.status, 403);
    }
    assert_eq!(
        admin.patch(&user(member.id), &json!({ "role": "admin" })).await.status,
        403,
        "Owners make Admins"
    );
    assert_eq!(admin.patch(&user(admin.id), &json!({ "role": "owner" })).await.status, 403);
    assert_eq!(owner.patch(&user(member.id), &json!({ "role": "billing_manager" })).await.status, 422);
    assert_eq!(admin.delete(&user(other.id)).await.status, 403);
    assert_eq!(admin.delete(&user(member.id)).await.status, 204);
    let rows = admin.get(&format!("/api/v2/organizations/{id}/users?sort=email")).await.body;
    let row = |name: &str| -> Value {
        rows["items"].as_array().unwrap().iter().find(|row| row["first_name"] == name).unwrap().clone()
    };
    assert_eq!(row("Other")["actions"], json!([]), "the list says so beforehand");
    assert_eq!(row("Admin")["actions"], json!(["leave"]));
    let owned = owner.get(&format!("/api/v2/organizations/{id}/users?search=other")).await;
    assert_eq!(owned.body["items"][0]["assignable_roles"], json!(["owner", "admin", "member"]));
    server.stop().await;
});

on_both_databases!(the_last_owner_stays, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner).await;
    let own = owner.get("/api/v2/me").await.body["user"]["id"].as_i64().unwrap();
    let grace = person_in(&server, id, "grace", "member").await;
    for place in [format!("organizations/{id}"), "accounts/1".into()] {
        let path = format!("/api/v2/{place}/users/{own}");
        for answer in [owner.delete(&path).await, owner.patch(&path, &json!({ "role": "admin" })).await] {
            assert_eq!((answer.status, answer.code()), (409, "conflict"), "{place}");
            assert!(answer.message().contains("Transfer the ownership first"));
        }
        assert_eq!(owner.patch(&path, &json!({ "password_sign_in": false })).await.status, 409);
    }
    let transfer = format!("/api/v2/organizations/{id}/owner");
    assert_eq!(grace.post(&transfer, &json!({ "user_id": grace.id })).await.status, 403);
    assert_eq!(owner.post(&transfer, &json!({ "user_id": 999_999 })).await.status, 404);
    assert_eq!(owner.post(&transfer, &json!({ "user_id": own })).await.status, 409);
    assert_eq!(owner.post(&transfer, &json!({ "user_id": grace.id })).await.status, 204);
    let list = grace.get(&format!("/api/v2/organizations/{id}/users?sort=email")).await.body;
    assert_eq!(
        (list["items"][0]["role"].as_str(), list["items"][1]["role"].as_str()),
        (Some("admin"), Some("owner"))
    );
    assert_eq!(
        owner.delete(&format!("/api/v2/organizations/{id}/users/{own}")).await.status,
        204,
        "now one may leave"
    );
    server.stop().await;
});

on_both_databases!(two_owners_who_leave_at_once_leave_one, |server| {
    server.set_up().await;
    let ada = server.owner().await;
    let id = organization(&ada).await;
    let own = ada.get("/api/v2/me").await.body["user"]["id"].as_i64().unwrap();
    for round in 0..5 {
        let grace = person_in(&server, id, &format!("grace{round}"), "owner").await;
        let path = |user: i64| format!("/api/v2/organizations/{id}/users/{user}");
        let (mine, theirs) = (path(own), path(grace.id));
        let (first, second) = tokio::join!(ada.delete(&mine), grace.delete(&theirs));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409], "round {round}");
        server.join(own, id, "owner").await;
        if second.status == 409 {
            assert_eq!(ada.delete(&theirs).await.status, 204);
        }
    }
    server.stop().await;
});

on_both_databases!(whoever_leaves_an_organization_leaves_no_trace_of_rights, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner).await;
    let grace = person_in(&server, id, "grace", "member").await;
    let users = format!("/api/v2/organizations/{id}/users");
    assert_eq!(grace.delete(&format!("{users}/{}", grace.id)).await.status, 204);
    assert_eq!(grace.get("/api/v2/me").await.body["organizations"], json!([]));
    assert_eq!(grace.get(&users).await.status, 404);
    let removed = owner.get(&format!("/api/v2/organizations/{id}/removed-users")).await;
    assert_eq!(removed.body["items"][0]["removed_by"], "grace@example.com");
    assert_eq!(owner.delete(&format!("{users}/{}", grace.id)).await.status, 404);
    server.stop().await;
});

on_both_databases!(an_owner_of_an_organization_cannot_vanish_from_the_account, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner).await;
    let grace = person_in(&server, id, "grace", "owner").await;
    let own = owner.get("/api/v2/me").await.body["user"]["id"].as_i64().unwrap();
    assert_eq!(owner.delete(&format!("/api/v2/organizations/{id}/users/{own}")).await.status, 204);
    let account = format!("/api/v2/accounts/1/users/{}", grace.id);
    assert_eq!(owner.delete(&account).await.status, 409, "Compilers would have no Owner");
    server.join(own, id, "owner").await;
    assert_eq!(owner.delete(&account).await.status, 204);
    server.stop().await;
});

on_both_databases!(login_options_close_a_place_to_passwords, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner).await;
    let grace = person_in(&server, id, "grace", "member").await;
    let key = grace.post("/api/v2/me/api-keys", &json!({ "name": "build server" })).await;
    let program = Caller::signed_in(&server.url, key.body["key"].as_str().map(Into::into));
    assert_eq!(program.get(&format!("/api/v2/organizations/{id}/projects")).await.status, 200);
    let path = format!("/api/v2/organizations/{id}/users/{}", grace.id);
    assert_eq!(
        owner.patch(&path, &json!({ "password_sign_in": false })).await.body["password_sign_in"],
        false
    );
    let refused = grace.get(&format!("/api/v2/organizations/{id}/projects")).await;
    assert_eq!((refused.status, refused.code()), (403, "forbidden"), "{}", refused.body);
    assert_eq!(program.get(&format!("/api/v2/organizations/{id}/projects")).await.status, 403);
    let me = grace.get("/api/v2/me").await.body;
    assert_eq!(me["organizations"][0]["password_sign_in"], false);
    assert_eq!(me["organizations"][0]["actions"], json!([]));
    // In the account, the option ends the person's sessions and keys themselves.
    let account = format!("/api/v2/accounts/1/users/{}", grace.id);
    assert_eq!(owner.patch(&account, &json!({ "password_sign_in": false })).await.status, 200);
    assert_eq!(grace.get("/api/v2/me").await.status, 401);
    assert_eq!(program.get("/api/v2/me").await.status, 401, "a key was made with a password");
    assert_eq!(server.sign_in("grace@example.com", PASSWORD).await.code(), "forbidden");
    assert_eq!(server.sign_in("grace@example.com", "wrong").await.code(), "wrong_credentials");
    assert_eq!(owner.patch(&account, &json!({ "password_sign_in": true })).await.status, 200);
    assert_eq!(server.sign_in("grace@example.com", PASSWORD).await.status, 201);
    assert_eq!(grace.get("/api/v2/me").await.status, 401, "the old session does not come back");
    assert_eq!(program.get("/api/v2/me").await.status, 200, "the key does");
    server.stop().await;
});

on_both_databases!(an_admin_ends_somebodys_sessions, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let grace = server.person("grace@example.com").await;
    let own = owner.get("/api/v2/me").await.body["user"]["id"].as_i64().unwrap();
    let of = |id: i64| format!("/api/v2/accounts/1/users/{id}/sessions");
    assert_eq!(grace.delete(&of(own)).await.status, 403);
    let ended = owner.delete(&of(grace.id)).await;
    assert_eq!((ended.status, &ended.body["ended"]), (200, &json!(1)), "{}", ended.body);
    assert_eq!(grace.get("/api/v2/me").await.status, 401);
    assert_eq!(owner.delete(&of(987_654)).await.status, 404);
    let events = owner.get("/api/v2/accounts/1/audit-events?action=end_user_sessions").await.body;
    assert_eq!(
        (&events["total"], &events["items"][0]["details"]),
        (&json!(1), &json!({ "sessions_ended": 1 }))
    );
    server.stop().await;
});

on_both_databases!(exports_are_recorded, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner).await;
    for (path, action) in [
        ("accounts/1/users/export".to_owned(), "export_users"),
        (format!("organizations/{id}/users/export"), "export_users"),
        (format!("organizations/{id}/audit-events/export"), "export_audit_log"),
        (format!("organizations/{id}/licenses/KSE/users/export"), "export_licensed_users"),
        (format!("organizations/{id}/licenses/KSE/utilization/export"), "export_license_utilization"),
    ] {
        assert_eq!(owner.get(&format!("/api/v2/{path}")).await.status, 200, "{path}");
        let newest = &owner.get("/api/v2/accounts/1/audit-events").await.body["items"][0];
        assert_eq!(newest["action"], action, "{newest}");
        assert!(newest["details"]["rows"].is_number(), "{newest}");
    }
    server.stop().await;
});

on_both_databases!(an_export_is_text_and_nothing_else, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = organization(&owner).await;
    let grace = person_in(&server, id, "grace", "member").await;
    let evil =
        json!({ "first_name": "=HYPERLINK(\"http://evil.example\",\"click\")", "last_name": "@SUM(A1)" });
    assert_eq!(grace.patch("/api/v2/me", &evil).await.status, 200);
    let request = owner.request("GET", &format!("/api/v2/organizations/{id}/users/export?sort=email"));
    let response = request.bearer_auth(owner.bearer.as_ref().unwrap()).send().await.unwrap();
    assert!(response.headers()["content-disposition"].to_str().unwrap().contains("users.csv"));
    let text = response.text().await.unwrap();
    let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(lines[0], "\u{feff}email,first_name,last_name,role,joined_at,last_access_at");
    assert!(lines[1].starts_with(EMAIL), "{text}");
    assert!(lines[2].starts_with("grace@example.com,\"'=HYPERLINK(\"\"http"), "{text}");
    assert!(lines[2].contains(",'@SUM(A1),member,"), "{text}");
    let member = grace.get(&format!("/api/v2/organizations/{id}/users/export")).await;
    assert_eq!(member.status, 403);
    server.stop().await;
});
