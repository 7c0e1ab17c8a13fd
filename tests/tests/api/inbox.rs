//! The inbox: what happened to a person, for that person alone.

use chrono::Duration;
use serde_json::{Value, json};
use testkeep_tests::api::{Caller, PASSWORD, credentials};
use testkeep_tests::on_both_databases;

use crate::licenses::Scene;

const INBOX: &str = "/api/v2/me/inbox";

async fn inbox(who: &Caller) -> Value {
    let answer = who.get(INBOX).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn kinds(inbox: &Value) -> Vec<String> {
    let items = inbox["items"].as_array().unwrap();
    items.iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect()
}

fn item<'a>(inbox: &'a Value, kind: &str) -> &'a Value {
    let items = inbox["items"].as_array().unwrap();
    items.iter().find(|item| item["kind"] == kind).unwrap_or_else(|| panic!("{kind}: {inbox}"))
}

on_both_databases!(tells_a_person_what_others_did_to_them, |server| {
    let scene = Scene::new(server, 3, 3).await;
    let grace = scene.member("grace@example.com").await;
    let other = scene.member("other@example.com").await;
    scene.assign("KSE", &["grace@example.com", "other@example.com"]).await;
    scene.server.forward(Duration::minutes(1));
    let user = format!("/api/v2/organizations/{}/users/{}", scene.organization, grace.id);
    assert_eq!(scene.owner.patch(&user, &json!({ "role": "admin" })).await.status, 200);
    let session = scene.run(&grace, "KSE", "one").await;
    scene.server.forward(Duration::minutes(1));
    assert_eq!(scene.owner.delete(&scene.path(&format!("KSE/sessions/{session}"))).await.status, 204);
    let second = scene.owner.organization("Linkers").await;
    let invitation = json!({ "addresses": "grace@example.com" });
    scene.server.forward(Duration::minutes(1));
    scene.owner.post(&format!("/api/v2/organizations/{second}/invitations"), &invitation).await;
    let seen = inbox(&grace).await;
    assert_eq!(
        kinds(&seen),
        ["invite_user", "session_ended", "edit_user_role", "license_assigned"],
        "{seen}"
    );
    assert_eq!(seen["unread"], 4);
    let role = item(&seen, "edit_user_role");
    assert_eq!(
        (role["actor"].as_str(), role["scope_name"].as_str()),
        (Some("ada@example.com"), Some("Compilers"))
    );
    assert_eq!(role["details"]["to"], "admin");
    assert_eq!(role["address"], Value::Null, "the address of another person");
    assert_eq!(item(&seen, "session_ended")["hostname"], "Laptop");
    assert_eq!(item(&seen, "invite_user")["scope_name"], "Linkers");
    // Nothing of this is in another inbox; who acted has nothing to read.
    assert_eq!(kinds(&inbox(&other).await), ["license_assigned"]);
    assert_eq!(kinds(&inbox(&scene.owner).await), Vec::<String>::new());
    // Revoked: the assignment is over.
    scene.server.forward(Duration::minutes(1));
    let assignment = scene.path(&format!("KSE/users/{}", grace.id));
    assert_eq!(scene.owner.delete(&assignment).await.status, 204);
    let revoked = inbox(&grace).await;
    assert_eq!(kinds(&revoked)[0], "revoke_license", "{revoked}");
    assert!(!kinds(&revoked).contains(&"license_assigned".to_owned()), "{revoked}");
    scene.server.stop().await;
});

on_both_databases!(is_read_up_to_a_time, |server| {
    let scene = Scene::new(server, 3, 3).await;
    let grace = scene.member("grace@example.com").await;
    scene.assign("KSE", &["grace@example.com"]).await;
    let first = inbox(&grace).await;
    let mark = json!({ "seen_until": first["items"][0]["at"] });
    assert_eq!(grace.put(INBOX, &mark).await.status, 204);
    let read = inbox(&grace).await;
    assert_eq!((&read["unread"], &read["items"][0]["unread"]), (&json!(0), &json!(false)), "{read}");
    scene.server.forward(Duration::minutes(5));
    scene.assign("KRE", &["grace@example.com"]).await;
    let more = inbox(&grace).await;
    assert_eq!(more["unread"], 1, "{more}");
    // An older mark changes nothing, a mark in the future counts as now.
    assert_eq!(grace.put(INBOX, &mark).await.status, 204);
    assert_eq!(grace.put(INBOX, &json!({ "seen_until": "2999-01-01T00:00:00Z" })).await.status, 204);
    assert_eq!(inbox(&grace).await["unread"], 0);
    scene.server.forward(Duration::minutes(5));
    let user = format!("/api/v2/organizations/{}/users/{}", scene.organization, grace.id);
    assert_eq!(scene.owner.patch(&user, &json!({ "role": "admin" })).await.status, 200);
    assert_eq!(inbox(&grace).await["unread"], 1);
    // The number of unread items does not depend on how many are asked for.
    scene.server.forward(Duration::minutes(5));
    assert_eq!(scene.owner.patch(&user, &json!({ "role": "member" })).await.status, 200);
    let one = grace.get(&format!("{INBOX}?limit=1")).await.body;
    assert_eq!((one["items"].as_array().unwrap().len(), &one["unread"]), (1, &json!(2)), "{one}");
    for limit in ["0", "101", "x"] {
        assert_eq!(grace.get(&format!("{INBOX}?limit={limit}")).await.status, 422);
    }
    scene.server.stop().await;
});

on_both_databases!(names_new_passwords_new_places_and_the_end_of_a_license, |server| {
    let scene = Scene::new(server, 3, 3).await;
    let grace = scene.member("grace@example.com").await;
    let change = json!({ "current_password": PASSWORD, "new_password": "staple battery horse" });
    assert_eq!(grace.post("/api/v2/me/password", &change).await.status, 204);
    assert_eq!(kinds(&inbox(&grace).await), ["change_password"]);
    // The first sign-in is from no new place, and neither is the next from the same.
    let again = scene.server.sign_in("grace@example.com", "staple battery horse").await;
    assert_eq!(again.status, 201);
    assert_eq!(kinds(&inbox(&grace).await), ["change_password"]);
    scene.server.forward(Duration::days(200));
    let later = scene.server.sign_in("grace@example.com", "staple battery horse").await;
    let mut caller = scene.server.anonymous();
    caller.bearer = later.body["token"].as_str().map(Into::into);
    let seen = inbox(&caller).await;
    assert_eq!(kinds(&seen), ["sign_in"], "{seen}");
    assert!(item(&seen, "sign_in")["address"].as_str().is_some(), "{seen}");
    scene.server.stop().await;
});

on_both_databases!(reminds_the_holders_of_a_license_of_its_end, |server| {
    let scene = Scene::new(server, 3, 3).await;
    scene.member("grace@example.com").await;
    scene.assign("KSE", &["grace@example.com"]).await;
    let overview = scene.owner.get("/api/v2/overview").await.body;
    let days = overview["seats"][0]["days_left"].as_i64().unwrap();
    scene.server.forward(Duration::days(days - 5));
    let answer =
        scene.server.anonymous().post("/api/v2/sessions", &credentials("grace@example.com", PASSWORD)).await;
    let mut grace = scene.server.anonymous();
    grace.bearer = answer.body["token"].as_str().map(Into::into);
    let seen = inbox(&grace).await;
    let reminder = item(&seen, "license_expiring");
    assert_eq!(reminder["details"]["product"], "KSE");
    assert!(reminder["expires_at"].as_str().is_some(), "{seen}");
    scene.server.stop().await;
});
