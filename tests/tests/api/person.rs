//! One person, machine and license session, as far as the caller may see them.

use serde_json::{Value, json};
use testkeep_tests::api::Caller;
use testkeep_tests::on_both_databases;

use crate::licenses::Scene;

async fn person(caller: &Caller, id: i64) -> Value {
    let answer = caller.get(&format!("/api/v2/people/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn names<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap_or("-")).collect()
}

on_both_databases!(a_person_is_shown_with_everything_about_them, |server| {
    let scene = Scene::new(server, 5, 5).await;
    let (owner, organization) = (&scene.owner, scene.organization);
    let grace = scene.member("grace@example.com").await;
    let place = |kind: &str| format!("/api/v2/organizations/{organization}/{kind}");
    let team = owner.create(&place("teams"), &json!({ "name": "Parsers" })).await;
    let project = owner.create(&place("projects"), &json!({ "name": "Grammar", "team_id": team })).await;
    scene.server.join(grace.id, team, "admin").await;
    scene.server.join(grace.id, project, "member").await;
    let group = owner.create(&place("groups"), &json!({ "name": "Graders" })).await;
    let added =
        owner.post(&format!("/api/v2/groups/{group}/users"), &json!({ "user_ids": [grace.id] })).await;
    assert_eq!(added.status, 200, "{}", added.body);
    assert_eq!(scene.assign("KSE", &["grace@example.com"]).await, ["assigned"]);
    let session = scene.run(&grace, "KSE", "one").await;
    let key = grace.post("/api/v2/me/api-keys", &json!({ "name": "CI" })).await;
    assert_eq!(key.status, 201, "{}", key.body);

    let shown = person(owner, grace.id).await;
    assert_eq!(shown["email"], "grace@example.com");
    assert_eq!(shown["in_account"], true);
    assert!(shown["last_access_at"].is_string());
    assert_eq!(names(&shown["places"], "level"), ["account", "organization", "team", "project"]);
    assert_eq!(shown["places"][2]["member"]["role"], "admin");
    assert!(shown["places"][1]["member"]["actions"].as_array().unwrap().contains(&json!("remove_user")));
    assert_eq!(names(&shown["groups"], "name"), ["Graders"]);
    let licenses = &shown["licenses"];
    assert_eq!(names(licenses, "product"), ["KSE", "KRE"], "the assigned one is first");
    assert!(licenses[0]["assigned_at"].is_string() && licenses[1]["assigned_at"].is_null());
    assert_eq!(licenses[0]["actions"], json!(["assign_license", "revoke_license"]));
    assert_eq!(shown["seats"][0]["id"], session);
    assert_eq!(shown["seats"][0]["hostname"], "Laptop");
    assert_eq!(shown["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(names(&shown["api_keys"], "name"), ["CI"]);
    assert!(!shown.to_string().contains(key.body["key"].as_str().unwrap()), "the secret is not shown");
    let events = names(&shown["events"], "action");
    assert!(events.contains(&"create_api_key") && events.contains(&"assign_license"), "{events:?}");
    scene.server.stop().await;
});

on_both_databases!(parts_that_the_caller_may_not_see_are_absent, |server| {
    let scene = Scene::new(server, 5, 5).await;
    let (owner, server, organization) = (&scene.owner, &scene.server, scene.organization);
    let grace = scene.member("grace@example.com").await;
    let elsewhere = owner.organization("Elsewhere").await;
    server.join(grace.id, elsewhere, "member").await;
    let body = json!({ "name": "Secret" });
    let secret = owner.create(&format!("/api/v2/organizations/{elsewhere}/teams"), &body).await;
    server.join(grace.id, secret, "member").await;

    let admin = server.person_in(organization, "admin@example.com", "admin").await;
    let shown = person(&admin, grace.id).await;
    assert_eq!(names(&shown["places"], "name"), ["Compilers"], "no account, and nothing of Elsewhere");
    assert!(!shown.to_string().contains("Elsewhere") && !shown.to_string().contains("Secret"));
    assert_eq!(names(&shown["licenses"], "organization_name"), ["Compilers", "Compilers"]);
    assert!(shown["sessions"].is_null() && shown["api_keys"].is_null());
    assert!(shown["events"].is_array());

    // A colleague in a team sees only that.
    let body = json!({ "name": "Parsers" });
    let team = owner.create(&format!("/api/v2/organizations/{organization}/teams"), &body).await;
    let colleague = scene.member("colleague@example.com").await;
    let path = format!("/api/v2/people/{}", grace.id);
    assert_eq!(colleague.get(&path).await.status, 404);
    for id in [grace.id, colleague.id] {
        server.join(id, team, "member").await;
    }
    let shown = person(&colleague, grace.id).await;
    assert_eq!(names(&shown["places"], "name"), ["Parsers"]);
    for part in ["licenses", "seats", "sessions", "api_keys", "events"] {
        assert!(shown[part].is_null(), "{part}: {shown}");
    }
    let stranger = server.person("stranger@example.com").await;
    assert_eq!(stranger.get(&path).await.status, 404);

    // Oneself.
    let shown = person(&grace, grace.id).await;
    assert_eq!(shown["places"].as_array().unwrap().len(), 5, "{shown}");
    assert!(shown["sessions"].is_array() && shown["api_keys"].is_array() && shown["seats"].is_array());
    assert!(shown["events"].is_null() && shown["licenses"].is_null());
    scene.server.stop().await;
});

on_both_databases!(an_admin_of_the_account_sees_sessions_of_members_only, |server| {
    server.set_up().await;
    let admin = server.person_in(1, "admin@example.com", "admin").await;
    let member = server.person("member@example.com").await;
    let other = server.person_in(1, "other@example.com", "admin").await;
    assert!(person(&admin, member.id).await["sessions"].is_array());
    let shown = person(&admin, other.id).await;
    assert!(shown["sessions"].is_null() && shown["api_keys"].is_null(), "{shown}");
    let path = format!("/api/v2/accounts/1/users/{}", member.id);
    assert_eq!(admin.delete(&path).await.status, 204);
    let removed = person(&admin, member.id).await;
    assert_eq!(removed["in_account"], false);
    assert_eq!(removed["places"], json!([]));
    server.stop().await;
});

on_both_databases!(far_ids_are_not_found, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    for kind in ["people", "license-machines", "license-sessions"] {
        for id in [
            "0",
            "-1",
            "999999999",
            "9223372036854775807",
            "-9223372036854775808",
            "99999999999999999999",
            "x",
            "1.0",
            "%00",
            "1%20",
        ] {
            let answer = owner.get(&format!("/api/v2/{kind}/{id}")).await;
            assert_eq!((answer.status, answer.code()), (404, "not_found"), "{kind} {id}: {}", answer.body);
        }
    }
    server.stop().await;
});

on_both_databases!(a_machine_and_a_session_are_shown_to_those_who_manage_licenses, |server| {
    let scene = Scene::new(server, 5, 5).await;
    let (owner, server) = (&scene.owner, &scene.server);
    let grace = scene.member("grace@example.com").await;
    let alan = scene.member("alan@example.com").await;
    scene.assign("KSE", &["grace@example.com", "alan@example.com"]).await;
    let first = scene.run(&grace, "KSE", "one").await;
    assert_eq!(grace.delete(&format!("/api/v2/leases/{first}")).await.status, 204);
    let second = scene.run(&alan, "KSE", "two").await;
    let machine = owner.get(&scene.path("KSE/machines")).await.body["items"][0]["id"].as_i64().unwrap();
    let path = format!("/api/v2/license-machines/{machine}");

    let shown = owner.get(&path).await.body;
    assert_eq!(shown["hostname"], "Laptop");
    assert_eq!(shown["organization_name"], "Compilers");
    assert_eq!(names(&shown["people"], "email"), ["alan@example.com", "grace@example.com"]);
    let ids: Vec<_> =
        shown["sessions"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [second, first]);
    assert_eq!(shown["sessions"][1]["end_reason"], "released");
    assert_eq!(shown["actions"], json!(["revoke_license"]));
    let session = owner.get(&format!("/api/v2/license-sessions/{second}")).await.body;
    assert_eq!(session["machine_id"], machine);
    assert_eq!(session["session"]["email"], "alan@example.com");
    assert!(session["session"]["ended_at"].is_null());

    let elsewhere = owner.organization("Elsewhere").await;
    let admin = server.person_in(elsewhere, "admin@example.com", "admin").await;
    for path in [path, format!("/api/v2/license-sessions/{second}")] {
        assert_eq!(admin.get(&path).await.status, 404, "{path}");
        assert_eq!(grace.get(&path).await.status, 403, "{path}");
        assert_eq!(server.anonymous().get(&path).await.status, 401, "{path}");
    }
    scene.server.stop().await;
});
