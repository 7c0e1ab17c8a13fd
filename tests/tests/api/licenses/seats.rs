//! The seat map: every seat with its person and machine, parts that add up, the queue with its reasons, and what one
//! organization sees of another.

use chrono::Duration;
use serde_json::{Value, json};
use testkeep_tests::api::{Caller, EMAIL};
use testkeep_tests::on_both_databases;

use super::Scene;

const PARTS: [&str; 9] = [
    "online",
    "borrowed",
    "offline",
    "held",
    "elsewhere",
    "reserved",
    "kept_elsewhere",
    "beyond_share",
    "free",
];

/// The map, after a check that its parts add up.
async fn map(who: &Caller, path: &str) -> Value {
    let answer = who.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let split = &answer.body["split"];
    let sum: i64 = PARTS.iter().map(|part| split[part].as_i64().unwrap()).sum();
    assert_eq!(split["total"], sum, "{split}");
    answer.body
}

/// The parts that are not 0.
fn parts(map: &Value) -> Vec<(&'static str, i64)> {
    let count = |part: &'static str| (part, map["split"][part].as_i64().unwrap());
    PARTS.into_iter().map(count).filter(|(_, seats)| *seats != 0).collect()
}

fn texts<'a>(rows: &'a Value, name: &str) -> Vec<&'a str> {
    rows.as_array().unwrap().iter().map(|row| row[name].as_str().unwrap()).collect()
}

/// A request of a container, whose machine is not registered.
async fn ask(scene: &Scene, who: &Caller, organization: i64, host: &str, more: Value) -> u16 {
    let mut body = json!({ "organization_id": organization, "package": "FLOATING_ENGINE", "machine_id": host,
                           "session_id": host, "hostname": host, "client_version": "10.1" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = who.post("/api/v2/leases", &body).await;
    assert!(scene.organization > 0);
    answer.status
}

on_both_databases!(each_seat_has_its_person_and_machine, |server| {
    let scene = Scene::new(server, 2, 5).await;
    let grace = scene.member("grace@example.com").await;
    let path = scene.path("KRE/seats");
    let empty = map(&scene.owner, &path).await;
    assert_eq!(
        (parts(&empty), &empty["seats"], &empty["waiting"]),
        (vec![("free", 5)], &json!([]), &json!([]))
    );

    assert_eq!(ask(&scene, &grace, scene.organization, "farm", json!({})).await, 200);
    scene.server.forward(Duration::minutes(1));
    assert_eq!(ask(&scene, &grace, scene.organization, "travel", json!({ "borrow_days": 3 })).await, 200);
    let file = json!({ "machine_key": "f".repeat(32), "holder": "Laboratory", "expires_on": null });
    assert_eq!(scene.owner.post(&scene.path("KRE/offline"), &file).await.status, 201);
    let shown = map(&scene.owner, &path).await;
    assert_eq!(parts(&shown), [("online", 1), ("borrowed", 1), ("offline", 1), ("free", 2)]);
    assert_eq!(texts(&shown["seats"], "kind"), ["online", "borrowed", "offline"]);
    assert_eq!(texts(&shown["seats"], "hostname"), ["farm", "travel", ""]);
    let seat = &shown["seats"][0];
    assert_eq!((&seat["email"], &seat["package"]), (&json!("grace@example.com"), &json!("FLOATING_ENGINE")));
    assert_eq!(shown["seats"][2]["who"], "Laboratory");
    assert_eq!(map(&scene.owner, &scene.path("KSE/seats")).await["split"]["free"], 2, "the other product");

    // Ending a borrowed session frees nothing: its lease verifies until its end.
    let ended = scene.path(&format!("KRE/sessions/{}", shown["seats"][1]["id"]));
    assert_eq!(scene.owner.delete(&ended).await.status, 204);
    let shown = map(&scene.owner, &path).await;
    assert_eq!(parts(&shown), [("online", 1), ("offline", 1), ("held", 1), ("free", 2)]);
    assert_eq!(texts(&shown["seats"], "kind"), ["online", "offline", "held"]);
    assert_eq!(grace.get(&path).await.status, 403, "a Member sees no seats");
    scene.server.stop().await;
});

on_both_databases!(the_queue_says_who_waits_and_why, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let grace = scene.member("grace@example.com").await;
    let path = scene.path("KRE/seats");
    let teams = format!("/api/v2/organizations/{}/teams", scene.organization);
    let team = scene.owner.create(&teams, &json!({ "name": "Parsers" })).await;
    let settings = json!({ "idle_minutes": null, "assigned_only": false,
                           "reservations": [{ "team_id": team, "seats": 1 }] });
    assert_eq!(scene.owner.put(&scene.path("KRE/settings"), &settings).await.status, 200);
    let wait = json!({ "wait": true });
    assert_eq!(ask(&scene, &grace, scene.organization, "one", wait.clone()).await, 200);
    assert_eq!(ask(&scene, &grace, scene.organization, "two", wait.clone()).await, 202);
    let shown = map(&scene.owner, &path).await;
    assert_eq!(parts(&shown), [("online", 1), ("reserved", 1)]);
    assert_eq!(shown["reserved"][0]["team"], "Parsers");
    let row = &shown["waiting"][0];
    assert_eq!((&row["position"], &row["email"]), (&json!(1), &json!("grace@example.com")));
    assert_eq!((&row["hostname"], &row["reason"]), (&json!("two"), &json!("reserved")));
    assert_eq!(row["reserved_for"], json!(["Parsers"]));

    let none = json!({ "idle_minutes": null, "assigned_only": false, "reservations": [] });
    assert_eq!(scene.owner.put(&scene.path("KRE/settings"), &none).await.status, 200);
    assert_eq!(map(&scene.owner, &path).await["waiting"][0]["reason"], "turn");
    assert_eq!(ask(&scene, &scene.owner, scene.organization, "three", json!({})).await, 409, "two is ahead");
    assert_eq!(ask(&scene, &grace, scene.organization, "two", wait.clone()).await, 200);
    assert_eq!(ask(&scene, &scene.owner, scene.organization, "three", wait).await, 202);
    let shown = map(&scene.owner, &path).await;
    let row = &shown["waiting"][0];
    assert_eq!((&row["who"], &row["reason"]), (&json!("Ada Lovelace"), &json!("pool")), "{row}");
    scene.server.forward(Duration::minutes(1));
    assert_eq!(map(&scene.owner, &path).await["waiting"], json!([]), "it has not asked again");
    scene.server.stop().await;
});

on_both_databases!(other_organizations_are_only_numbers, |server| {
    let scene = Scene::new(server, 1, 6).await;
    let other = scene.owner.organization("Debuggers").await;
    let grace = scene.server.person_in(other, "grace@example.com", "owner").await;
    assert_eq!(ask(&scene, &scene.owner, scene.organization, "ours", json!({})).await, 200);
    assert_eq!(ask(&scene, &grace, other, "theirs", json!({ "borrow_days": 1 })).await, 200);
    let share = format!("/api/v2/accounts/1/licenses/KRE/shares/{other}");
    assert_eq!(scene.owner.put(&share, &json!({ "seats": 3 })).await.status, 204);
    let path = format!("/api/v2/organizations/{other}/licenses/KRE/seats");
    let theirs = map(&grace, &path).await;
    assert_eq!(parts(&theirs), [("borrowed", 1), ("elsewhere", 1), ("beyond_share", 2), ("free", 2)]);
    for word in [EMAIL, "ours", "Compilers"] {
        assert!(!theirs.to_string().contains(word), "{word}: {theirs}");
    }
    assert_eq!(grace.get(&scene.path("KRE/seats")).await.status, 404);

    let account = "/api/v2/accounts/1/licenses/KRE/seats";
    let whole = map(&scene.owner, account).await;
    assert_eq!(parts(&whole), [("online", 1), ("borrowed", 1), ("free", 4)]);
    assert_eq!(texts(&whole["seats"], "hostname"), ["ours", "theirs"]);
    assert!([403, 404].contains(&grace.get(account).await.status), "not for people of one organization");
    let steps = scene.owner.get("/api/v2/accounts/1/licenses").await.body["products"][1]["steps"].clone();
    let quotas: Vec<_> = steps.as_array().unwrap().iter().map(|step| step["quota"].clone()).collect();
    assert_eq!(quotas, [6, 0], "until the license ends");
    scene.server.stop().await;
});

on_both_databases!(a_license_is_offered_only_to_people_without_one, |server| {
    let scene = Scene::new(server, 3, 1).await;
    let grace = scene.member("grace@example.com").await;
    scene.member("linus@example.com").await;
    let candidates = async |product: &str, search: &str| {
        let answer = scene.owner.get(&scene.path(&format!("{product}/candidates?search={search}"))).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let mut emails: Vec<String> =
            texts(&answer.body["users"], "email").into_iter().map(Into::into).collect();
        emails.sort();
        emails
    };
    assert_eq!(candidates("KSE", "").await, [EMAIL, "grace@example.com", "linus@example.com"]);
    scene.assign("KSE", &[&grace.email]).await;
    assert_eq!(candidates("KSE", "").await, [EMAIL, "linus@example.com"]);
    assert_eq!(candidates("KSE", "linu").await, ["linus@example.com"]);
    assert_eq!(candidates("KRE", "grace").await, ["grace@example.com"], "of the other product");
    assert_eq!(grace.get(&scene.path("KSE/candidates")).await.status, 403);
    scene.server.stop().await;
});
