//! The overview: each part only for those who may see it, and nothing of other organizations.

use chrono::{DateTime, Duration};
use serde_json::{Value, json};
use testkeep_store::mail_state::count_waiting_mails;
use testkeep_store::{Tx, sql};
use testkeep_tests::api::{Caller, TestServer};
use testkeep_tests::on_both_databases;

use crate::licenses::Scene;

const OVERVIEW: &str = "/api/v2/overview";
const SYSTEM: &str = "/api/v2/system";

async fn overview(who: &Caller) -> Value {
    let answer = who.get(OVERVIEW).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

fn seats<'a>(overview: &'a Value, product: &str) -> Vec<&'a Value> {
    let rows = overview["seats"].as_array().unwrap();
    rows.iter().filter(|row| row["product"] == product).collect()
}

/// The states of a row of seats, in the order of the bar.
fn states(row: &Value) -> [i64; 8] {
    ["quota", "online", "borrowed", "offline", "held", "reserved", "elsewhere", "free"]
        .map(|state| row[state].as_i64().unwrap())
}

fn total(hours: &Value) -> i64 {
    hours.as_array().unwrap().iter().map(|hour| hour["count"].as_i64().unwrap()).sum()
}

on_both_databases!(seats_are_counted_by_state, |server| {
    let scene = Scene::new(server, 2, 5).await;
    let grace = scene.member("grace@example.com").await;
    scene.run(&grace, "FLOATING_ENGINE", "one").await;
    let borrowed = json!({ "organization_id": scene.organization, "package": "FLOATING_ENGINE", "machine_id": "laptop",
                           "session_id": "two", "borrow_days": 3 });
    assert_eq!(grace.post("/api/v2/leases", &borrowed).await.status, 200);
    let team = scene
        .owner
        .create(&format!("/api/v2/organizations/{}/teams", scene.organization), &json!({ "name": "Parsers" }))
        .await;
    let settings = json!({ "assigned_only": false, "reservations": [{ "team_id": team, "seats": 2 }] });
    let saved = scene.owner.put(&scene.path("KRE/settings"), &settings).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    let all = overview(&scene.owner).await;
    let kre = seats(&all, "KRE");
    assert_eq!(kre.len(), 1, "{all}");
    assert_eq!(states(kre[0]), [5, 1, 1, 0, 0, 2, 0, 1], "{all}");
    assert_eq!(kre[0]["waiting"], 0);
    assert_eq!(kre[0]["organization_id"], Value::Null);
    assert_eq!(states(seats(&all, "KSE")[0]), [2, 0, 0, 0, 0, 0, 0, 2], "{all}");
    let own = overview(&grace).await;
    assert_eq!(own["own"]["session_count"], 2, "{own}");
    assert_eq!(own["own"]["sessions"][0]["kind"], "borrowed", "{own}");
    scene.server.stop().await;
});

on_both_databases!(an_organization_s_admin_sees_nothing_of_others, |server| {
    let scene = Scene::new(server, 2, 4).await;
    let other = scene.owner.organization("Secret Works").await;
    let admin = scene.server.person_in(scene.organization, "grace@example.com", "admin").await;
    let stranger = scene.server.person_in(other, "mallory@example.com", "member").await;
    let body = json!({ "organization_id": other, "package": "FLOATING_ENGINE", "machine_id": "laptop",
                       "session_id": "other" });
    assert_eq!(stranger.post("/api/v2/leases", &body).await.status, 200);
    scene.run(&admin, "FLOATING_ENGINE", "own").await;
    let invitation = json!({ "addresses": "new@example.com" });
    scene.owner.post(&format!("/api/v2/organizations/{other}/invitations"), &invitation).await;
    let seen = overview(&admin).await;
    let text = seen.to_string();
    for hidden in ["Secret Works", "mallory", "new@example.com"] {
        assert!(!text.contains(hidden), "{hidden}: {seen}");
    }
    assert_eq!(states(seats(&seen, "KRE")[0]), [4, 1, 0, 0, 0, 0, 1, 2], "{seen}");
    assert_eq!(seats(&seen, "KRE")[0]["organization"], "Compilers");
    assert_eq!(seen["licenses"], json!([]));
    assert_eq!((&seen["account"], &seen["system"]), (&Value::Null, &Value::Null));
    assert_eq!(seen["days"]["sign_ins"], Value::Null);
    assert_eq!(seen["organizations"][0]["user_count"], 2, "{seen}");
    assert_eq!(seen["organizations"].as_array().unwrap().len(), 1);
    assert_eq!(seen["mail"]["configured"], false);
    let recent = seen["recent"].as_array().unwrap();
    assert!(recent.iter().all(|event| event["organization_id"] == scene.organization), "{seen}");
    assert!(recent.iter().any(|event| event["action"] == "create_organization"), "{seen}");
    assert_eq!(admin.get(SYSTEM).await.status, 403);
    scene.server.stop().await;
});

on_both_databases!(a_member_sees_their_own_part_alone, |server| {
    let scene = Scene::new(server, 2, 4).await;
    let grace = scene.member("grace@example.com").await;
    let path = format!("/api/v2/organizations/{}", scene.organization);
    let team = scene.owner.create(&format!("{path}/teams"), &json!({ "name": "Parsers" })).await;
    let project = json!({ "name": "Grammar", "team_id": team });
    scene.owner.create(&format!("{path}/projects"), &project).await;
    scene.owner.create(&format!("{path}/projects"), &json!({ "name": "Not hers" })).await;
    scene.server.join(grace.id, team, "member").await;
    scene.assign("KSE", &["grace@example.com"]).await;
    let seen = overview(&grace).await;
    for part in ["seats", "licenses", "organizations", "bounced"] {
        assert_eq!(seen[part], json!([]), "{part}: {seen}");
    }
    for part in ["mail", "system", "recent", "account"] {
        assert_eq!(seen[part], Value::Null, "{part}: {seen}");
    }
    assert_eq!(seen["days"], json!({ "sign_ins": null, "denials": null }));
    let names: Vec<_> =
        seen["own"]["places"].as_array().unwrap().iter().map(|place| place["name"].clone()).collect();
    assert_eq!(names, ["Grammar", "Parsers"], "{seen}");
    let licenses = seen["own"]["licenses"].as_array().unwrap();
    let of = |product: &str| licenses.iter().find(|row| row["product"] == product).unwrap();
    assert_eq!((&of("KSE")["assigned"], &of("KSE")["usable"]), (&json!(true), &json!(true)));
    assert_eq!((&of("KRE")["assigned"], &of("KRE")["usable"]), (&json!(false), &json!(true)));
    assert!(of("KSE")["days_left"].as_i64().unwrap() > 0, "{seen}");
    assert_eq!(grace.get(SYSTEM).await.status, 403);
    scene.server.stop().await;
});

on_both_databases!(sign_ins_denials_and_events_of_the_last_days, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let grace = scene.member("grace@example.com").await;
    scene.run(&grace, "FLOATING_ENGINE", "one").await;
    assert_eq!(scene.start(&grace, "FLOATING_ENGINE", "two").await.status, 409);
    let seen = overview(&scene.owner).await;
    assert!(total(&seen["days"]["sign_ins"]) >= 2, "{seen}");
    assert_eq!(total(&seen["days"]["denials"]), 1, "{seen}");
    let hour: DateTime<chrono::Utc> =
        serde_json::from_value(seen["days"]["denials"][0]["at"].clone()).unwrap();
    assert!(scene.server.clock.now() - hour < Duration::hours(1), "{seen}");
    let recent = seen["recent"].as_array().unwrap();
    assert!(!recent.is_empty() && recent.iter().all(|event| event["action"] != "sign_in"), "{seen}");
    assert_eq!(seen["account"]["user_count"], 2, "{seen}");
    scene.server.forward(Duration::days(16));
    let later = overview(&scene.server.owner().await).await;
    assert_eq!(total(&later["days"]["denials"]), 0, "{later}");
    scene.server.stop().await;
});

/// Writes a mail in a state, without a job that would send it.
async fn mail(
    tx: &mut Tx,
    server: &TestServer,
    route: &str,
    scope_id: Option<i64>,
    recipient: &str,
    state: &str,
) {
    sql("INSERT INTO mail_message (scope_id, route, kind, recipient, subject, content, state, created_at, folded_text)
         VALUES ($1, $2, 'invitation', $3, 'x', '{}', $4, $5, 'x')")
    .bind(scope_id)
    .bind(route)
    .bind(recipient)
    .bind(state)
    .bind(server.clock.now())
    .execute(tx)
    .await
    .unwrap();
}

on_both_databases!(mails_that_wait_or_failed_are_counted, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let id = scene.organization;
    let server = &scene.server;
    let path = format!("/api/v2/organizations/{id}/invitations");
    scene.owner.post(&path, &json!({ "addresses": "gone@example.com, fine@example.com" })).await;
    let mut tx = server.app.db.begin().await.unwrap();
    mail(&mut tx, server, "organization", Some(id), "gone@example.com", "failed").await;
    mail(&mut tx, server, "organization", Some(id), "fine@example.com", "sent").await;
    mail(&mut tx, server, "organization", Some(id), "late@example.com", "queued").await;
    mail(&mut tx, server, "account", None, "later@example.com", "handing_over").await;
    tx.commit().await.unwrap();
    let seen = overview(&scene.owner).await;
    let numbers =
        ["waiting", "sent", "failed", "failed_in_week"].map(|name| seen["mail"][name].as_i64().unwrap());
    assert_eq!(numbers, [2, 1, 1, 1], "{seen}");
    assert_eq!(seen["bounced"], json!([{ "scope_id": id, "organization": "Compilers", "count": 1 }]));
    assert_eq!(scene.owner.get(SYSTEM).await.body["mails_waiting"], 2);
    // A mail that is being tried waits as well. The account's settings send the mails of organizations without own ones.
    assert_eq!(count_waiting_mails(&server.app.db, 1).await.unwrap(), 2);
    let admin = server.person_in(id, "grace@example.com", "admin").await;
    let of_organization = overview(&admin).await;
    assert_eq!(of_organization["mail"]["waiting"], 1, "{of_organization}");
    // The next mail to the address was sent.
    let mut tx = server.app.db.begin().await.unwrap();
    server.forward(Duration::minutes(1));
    mail(&mut tx, server, "organization", Some(id), "gone@example.com", "sent").await;
    tx.commit().await.unwrap();
    assert_eq!(overview(&scene.owner).await["bounced"], json!([]));
    scene.server.stop_anyhow().await;
});

on_both_databases!(those_who_look_after_the_server_see_its_state, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let system = scene.owner.get(SYSTEM).await;
    assert_eq!(system.status, 200, "{}", system.body);
    let kind = system.body["database"].as_str().unwrap();
    assert_eq!(
        kind == "built_in",
        matches!(scene.server.app.db, testkeep_store::Db::Sqlite { .. }),
        "{}",
        system.body
    );
    assert_eq!(system.body["clock"], "ok");
    assert_eq!(system.body["database_trouble"], Value::Null);
    // The data folder of a server on PostgreSQL is made when something is uploaded.
    let disk = &system.body["disk"];
    assert!(kind != "built_in" || disk["free_bytes"].as_u64() < disk["total_bytes"].as_u64(), "{disk}");
    assert_eq!(system.body["license"]["state"], "active");
    let all = overview(&scene.owner).await;
    assert_eq!(all["system"]["version"], system.body["version"]);
    scene.server.stop().await;
});
