//! Licenses that are transferred, revoked or ended, and people who are removed or leave: running programs learn it at
//! the next keep-alive.

use serde_json::{Value, json};
use testkeep_tests::api::EMAIL;
use testkeep_tests::on_both_databases;

use super::{Scene, assert_wrong, ended};

/// The id of a list's only item.
async fn only_id(scene: &Scene, list: &str) -> i64 {
    let answer = scene.owner.get(&scene.path(list)).await;
    assert_eq!(answer.body["total"], 1, "{}", answer.body);
    answer.body["items"][0]["id"].as_i64().unwrap()
}

on_both_databases!(a_license_is_transferred, |server| {
    let scene = Scene::new(server, 2, 1).await;
    let (grace, linus) = (scene.member("grace@example.com").await, scene.member("linus@example.com").await);
    scene.assign("KSE", &[&grace.email, EMAIL]).await;
    let [first, second] =
        [scene.run(&grace, "KSE", "one").await, scene.run(&grace, "KSE", "another-window").await];
    let path = scene.path(&format!("KSE/users/{}/transfer", grace.id));
    for wrong in ["nobody@example.com", EMAIL, "grace@example.com", "no address"] {
        assert_wrong(&scene.owner.post(&path, &json!({ "email": wrong })).await, "email");
    }
    assert_eq!(scene.counts("KSE").await, [2, 1, 1], "what is refused changes nothing");
    let done = scene.owner.post(&path, &json!({ "email": " Linus@example.com " })).await;
    assert_eq!(done.status, 204, "{}", done.body);
    for session in [first, second] {
        assert!(ended(&grace, session).await.contains("revoked by ada@example.com"));
    }
    assert_eq!(scene.counts("KSE").await, [2, 0, 1]);
    let refused = scene.start(&grace, "KSE", "two").await;
    assert_eq!((refused.status, refused.code()), (403, "not_licensed"));
    let again = scene.owner.post(&path, &json!({ "email": linus.email })).await;
    assert_eq!(again.status, 404, "Grace has none to give");
    let (action, who, details) = scene.last_event().await;
    assert_eq!((action.as_str(), who.as_str()), ("transfer_license", "grace@example.com"));
    assert_eq!((&details["to"], &details["product"]), (&json!("linus@example.com"), &json!("KSE")));
    scene.run(&linus, "KSE", "three").await;
    scene.server.stop().await;
});

on_both_databases!(a_revoked_license_ends_what_runs, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let grace = scene.member("grace@example.com").await;
    scene.assign("KSE", &[&grace.email]).await;
    let session = scene.run(&grace, "KSE", "one").await;
    let of = |product: &str| scene.path(&format!("{product}/users/{}", grace.id));
    assert_eq!(scene.owner.delete(&of("KRE")).await.status, 404, "of the other product she has none");
    assert_eq!(scene.owner.delete(&of("KSE")).await.status, 204);
    assert!(ended(&grace, session).await.contains("revoked by ada@example.com"));
    assert_eq!(grace.get("/api/v2/leases").await.body["items"], json!([]));
    assert_eq!(scene.start(&grace, "KSE", "one").await.code(), "not_licensed");
    assert_eq!(scene.counts("KSE").await, [0, 0, 1]);
    let (action, who, _) = scene.last_event().await;
    assert_eq!((action.as_str(), who.as_str()), ("revoke_license", "grace@example.com"));
    assert_eq!(scene.owner.delete(&of("KSE")).await.status, 404, "once");
    assert_eq!(scene.assign("KSE", &[EMAIL]).await, ["assigned"], "there is room for another");
    scene.server.stop().await;
});

on_both_databases!(one_session_is_ended, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let grace = scene.member("grace@example.com").await;
    let session = scene.run(&grace, "ENGINE", "one").await;
    let list = scene.owner.get(&scene.path("KRE/sessions")).await;
    let shown = &list.body["items"][0];
    let expected = json!({ "email": "grace@example.com", "package": "ENGINE", "machine_key": "laptop",
                           "hostname": "Laptop", "client_version": "10.1", "kind": "online", "team": null });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    assert_eq!(scene.owner.delete(&scene.path(&format!("KSE/sessions/{session}"))).await.status, 404);
    let path = scene.path(&format!("KRE/sessions/{session}"));
    assert_eq!(scene.owner.delete(&path).await.status, 204);
    assert!(ended(&grace, session).await.contains("revoked by ada@example.com"));
    assert_eq!(scene.owner.delete(&path).await.status, 404, "it is over");
    let (action, _, details) = scene.last_event().await;
    assert_eq!((action.as_str(), &details["user_id"]), ("end_license_session", &json!(grace.id)));
    let same = scene.start(&grace, "ENGINE", "one").await;
    assert_eq!((same.status, same.code()), (410, "session_ended"), "the same program does not come back");
    scene.run(&grace, "ENGINE", "two").await;
    assert_eq!(scene.counts("KRE").await, [0, 1, 1]);
    scene.server.stop().await;
});

on_both_databases!(a_removed_machine_ends_what_runs_on_it, |server| {
    let scene = Scene::new(server, 1, 3).await;
    let (grace, linus) = (scene.member("grace@example.com").await, scene.member("linus@example.com").await);
    let sessions = [
        (&grace, scene.run(&grace, "ENGINE", "one").await),
        (&linus, scene.run(&linus, "ENGINE", "one").await),
    ];
    let elsewhere = json!({ "organization_id": scene.organization, "package": "ENGINE", "machine_id": "desktop",
                            "session_id": "three" });
    let elsewhere = grace.post("/api/v2/leases", &elsewhere).await.body["id"].clone();
    let machines = scene.owner.get(&scene.path("KRE/machines?search=lap")).await;
    let machine = &machines.body["items"][0];
    assert_eq!((&machine["hostname"], &machine["online"]), (&json!("Laptop"), &json!(true)));
    let path = scene.path(&format!("KRE/machines/{}", machine["id"]));
    assert_eq!(scene.owner.delete(&path).await.status, 204);
    for (who, session) in sessions {
        assert!(ended(who, session).await.contains("removed by ada@example.com"));
    }
    let kept = grace.post(&format!("/api/v2/leases/{elsewhere}/renew"), &json!({})).await;
    assert_eq!(kept.status, 200, "the other machine goes on: {}", kept.body);
    assert_eq!(scene.counts("KRE").await, [0, 1, 1]);
    let (action, name, details) = scene.last_event().await;
    assert_eq!((action.as_str(), name.as_str()), ("remove_machine", "Laptop"));
    assert_eq!(details["machine_key"], "laptop");
    assert_eq!(scene.owner.delete(&path).await.status, 404);
    scene.run(&grace, "ENGINE", "anew").await;
    assert_eq!(scene.counts("KRE").await, [0, 2, 2], "and is registered again");
    scene.server.stop().await;
});

on_both_databases!(machines_of_many_within_the_limit_of_a_month, |server| {
    let scene = Scene::new(server, 1, 5).await;
    let grace = scene.member("grace@example.com").await;
    for machine in ["one", "two", "three"] {
        let lease = json!({ "organization_id": scene.organization, "package": "ENGINE", "machine_id": machine,
                            "session_id": machine });
        assert_eq!(grace.post("/api/v2/leases", &lease).await.status, 200);
    }
    assert_eq!(scene.counts("KRE").await, [0, 3, 3]);
    let machines = scene.owner.get(&scene.path("KRE/machines")).await.body;
    let mut ids: Vec<i64> =
        machines["items"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    ids.push(999_999);
    let remove = scene.path("KRE/machines/remove");
    assert_eq!(grace.post(&remove, &json!({ "ids": ids })).await.status, 403);
    let answer = scene.owner.post(&remove, &json!({ "ids": ids })).await;
    let outcomes: Vec<_> =
        answer.body["results"].as_array().unwrap().iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(outcomes, ["done", "done", "done", "refused"], "{}", answer.body);
    assert_eq!(scene.counts("KRE").await, [0, 0, 1], "two a month stop counting at once");
    let machines = scene.owner.get(&scene.path("KRE/machines")).await.body;
    assert_eq!(machines["total"], 0, "none is listed");
    scene.server.stop().await;
});

on_both_databases!(whoever_leaves_gives_back_everything, |server| {
    let scene = Scene::new(server, 3, 5).await;
    let mut people = vec![];
    for email in ["removed@example.com", "leaving@example.com", "gone@example.com"] {
        people.push(scene.member(email).await);
    }
    let emails: Vec<_> = people.iter().map(|person| person.email.as_str()).collect();
    scene.assign("KSE", &emails).await;
    scene.assign("KRE", &emails).await;
    let mut sessions = vec![];
    for person in &people {
        sessions.push([scene.run(person, "KSE", "k").await, scene.run(person, "ENGINE", "e").await]);
    }
    let [removed, leaving, gone] = [0, 1, 2].map(|number: usize| people[number].id);
    let there = format!("/api/v2/organizations/{}/users", scene.organization);
    assert_eq!(scene.owner.delete(&format!("{there}/{removed}")).await.status, 204);
    assert_eq!(people[1].delete(&format!("{there}/{leaving}")).await.status, 204);
    for (person, sessions) in people.iter().zip(&sessions).take(2) {
        for session in sessions {
            assert!(ended(person, *session).await.contains("no longer belong"), "{}", person.email);
        }
        assert_eq!(scene.start(person, "ENGINE", "x").await.status, 404);
    }
    assert_eq!(scene.counts("KSE").await[..2], [1, 1]);
    assert_eq!(scene.owner.delete(&format!("/api/v2/accounts/1/users/{gone}")).await.status, 204);
    for product in ["KSE", "KRE"] {
        assert_eq!(scene.counts(product).await[..2], [0, 0], "{product}");
        let sessions = scene.owner.get(&scene.path(&format!("{product}/sessions"))).await;
        assert_eq!(sessions.body["items"], Value::Array(vec![]));
    }
    scene.server.join(removed, scene.organization, "member").await;
    assert_eq!(
        scene.start(&people[0], "KSE", "x").await.code(),
        "not_licensed",
        "who comes back begins anew"
    );
    assert_eq!(only_id(&scene, "KRE/machines").await, only_id(&scene, "KRE/machines?search=laptop").await);
    scene.server.stop().await;
});
