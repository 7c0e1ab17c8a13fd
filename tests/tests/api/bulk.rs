//! One request for many: every id gets its answer, and what is refused stops nothing else.

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller};
use testkeep_tests::on_both_databases;

use crate::audit::newest_events;
use crate::licenses::Scene;

/// `(id, outcome)` of every result, in order.
fn outcomes(answer: &Answer) -> Vec<(i64, String)> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results = answer.body["results"].as_array().unwrap();
    let outcome = |row: &Value| (row["id"].as_i64().unwrap(), row["outcome"].as_str().unwrap().to_owned());
    results.iter().map(outcome).collect()
}

fn expected(rows: &[(i64, &str)]) -> Vec<(i64, String)> {
    rows.iter().map(|(id, outcome)| (*id, (*outcome).to_owned())).collect()
}

async fn own_id(caller: &Caller) -> i64 {
    caller.get("/api/v2/me").await.body["user"]["id"].as_i64().unwrap()
}

on_both_databases!(roles_of_many, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Compilers").await;
    let (own, path) = (own_id(&owner).await, format!("/api/v2/organizations/{id}/users"));
    let [grace, linus] = [
        server.person_in(id, "grace@example.com", "member").await,
        server.person_in(id, "linus@example.com", "admin").await,
    ];
    let stranger = server.person("stranger@example.com").await;
    let role = format!("{path}/role");
    let body = json!({ "user_ids": [grace.id, own, grace.id, linus.id, stranger.id], "role": "admin" });
    let answer = owner.post(&role, &body).await;
    let rows = [(grace.id, "done"), (own, "refused"), (linus.id, "done"), (stranger.id, "refused")];
    assert_eq!(outcomes(&answer), expected(&rows), "each id once");
    assert!(answer.body["undo"].is_null());
    assert_eq!(owner.column(&format!("{path}?sort=email"), "role").await, ["owner", "admin", "admin"]);
    let event = &newest_events(&owner, 1).await[0];
    assert_eq!(
        (&event["action"], &event["target_name"]),
        (&json!("edit_user_role"), &json!("grace@example.com"))
    );
    let ray = server.person_in(id, "ray@example.com", "member").await;
    let promote = json!({ "user_ids": [ray.id], "role": "admin" });
    assert_eq!(grace.post(&role, &promote).await.status, 403, "only Owners make Admins");
    let demote = json!({ "user_ids": [linus.id, ray.id], "role": "member" });
    let rows = [(linus.id, "refused"), (ray.id, "done")];
    assert_eq!(outcomes(&grace.post(&role, &demote).await), expected(&rows), "Admins reach Members");
    assert_eq!(ray.post(&role, &demote).await.status, 403);
    assert_eq!(stranger.post(&role, &demote).await.status, 404, "another's organization does not exist");
    server.stop().await;
});

on_both_databases!(many_are_removed_but_never_all_owners, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Compilers").await;
    let other = owner.organization("Secrets").await;
    let foreign = server.person_in(other, "foreign@example.com", "member").await;
    let second = server.person_in(id, "second@example.com", "owner").await;
    let admin = server.person_in(id, "admin@example.com", "admin").await;
    let member = server.person_in(id, "member@example.com", "member").await;
    let own = own_id(&owner).await;
    let path = format!("/api/v2/organizations/{id}/users");
    let remove = format!("{path}/remove");
    let people = |ids: &[i64]| json!({ "user_ids": ids });
    let answer = admin.post(&remove, &people(&[second.id, admin.id, member.id, foreign.id])).await;
    let rows = [(second.id, "refused"), (admin.id, "refused"), (member.id, "done"), (foreign.id, "refused")];
    assert_eq!(outcomes(&answer), expected(&rows), "not above oneself, not oneself, not elsewhere");
    assert!(!answer.body.to_string().contains("foreign@example.com"), "nobody of another tenant is named");
    let answer = owner.post(&remove, &people(&[own, second.id, admin.id])).await;
    assert_eq!(outcomes(&answer), expected(&[(own, "refused"), (second.id, "done"), (admin.id, "done")]));
    assert_eq!(owner.column(&path, "email").await, ["ada@example.com"]);
    assert_eq!(owner.column(&format!("/api/v2/organizations/{id}/removed-users"), "email").await.len(), 3);
    for wrong in [json!({ "user_ids": [] }), json!({ "user_ids": vec![1; 501] })] {
        assert_eq!(owner.post(&remove, &wrong).await.status, 422);
    }
    server.forward(chrono::Duration::minutes(2));
    server.stop().await;
});

on_both_databases!(removal_from_the_account_is_final, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let grace = server.person("grace@example.com").await;
    let linus = server.person_in(1, "linus@example.com", "admin").await;
    // The organization would be without an Owner.
    let needed = server.person_in(1, "needed@example.com", "member").await;
    let organization = owner.organization("Compilers").await;
    server.join(needed.id, organization, "owner").await;
    let own = own_id(&owner).await;
    assert_eq!(owner.delete(&format!("/api/v2/organizations/{organization}/users/{own}")).await.status, 204);
    let ids = json!({ "user_ids": [grace.id, linus.id, needed.id] });
    let answer = owner.post("/api/v2/accounts/1/users/remove", &ids).await;
    let rows = [(grace.id, "done"), (linus.id, "done"), (needed.id, "refused")];
    assert_eq!(outcomes(&answer), expected(&rows));
    assert!(answer.body["undo"].is_null(), "sessions and keys are gone for good");
    assert_eq!(grace.get("/api/v2/me").await.status, 401);
    assert_eq!(needed.get("/api/v2/me").await.status, 200);
    server.stop().await;
});

on_both_databases!(licenses_and_sessions_of_many, |server| {
    let scene = Scene::new(server, 3, 1).await;
    let grace = scene.member("grace@example.com").await;
    let linus = scene.member("linus@example.com").await;
    scene.assign("KSE", &["grace@example.com", "linus@example.com"]).await;
    scene.run(&grace, "KSE", "one").await;
    scene.run(&linus, "KSE", "two").await;
    let sessions = scene.owner.get(&scene.path("KSE/sessions")).await.body;
    let ids: Vec<i64> =
        sessions["items"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), 2);
    let end = scene.path("KSE/sessions/end");
    assert_eq!(grace.post(&end, &json!({ "ids": ids })).await.status, 403);
    let body = json!({ "ids": [ids[0], 999_999] });
    let answer = scene.owner.post(&end, &body).await;
    assert_eq!(outcomes(&answer), expected(&[(ids[0], "done"), (999_999, "refused")]));
    assert_eq!(outcomes(&scene.owner.post(&end, &body).await)[0].1, "refused", "it has ended already");
    assert_eq!(scene.counts("KSE").await[1], 1);
    let revoke = scene.path("KSE/users/revoke");
    let body = json!({ "user_ids": [grace.id, linus.id, 999_999] });
    let answer = scene.owner.post(&revoke, &body).await;
    let rows = [(grace.id, "done"), (linus.id, "done"), (999_999, "refused")];
    assert_eq!(outcomes(&answer), expected(&rows));
    assert_eq!(scene.counts("KSE").await[..2], [0, 0], "their sessions ended, too");
    scene.server.forward(chrono::Duration::minutes(2));
    scene.server.stop().await;
});

on_both_databases!(invitations_of_many, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let (here, elsewhere) = (owner.organization("Compilers").await, owner.organization("Secrets").await);
    let invite = async |organization: i64, addresses: &str| {
        let path = format!("/api/v2/organizations/{organization}/invitations");
        let answer = owner.post(&path, &json!({ "addresses": addresses })).await;
        let results = answer.body["results"].as_array().unwrap().clone();
        results.iter().map(|it| it["invitation"]["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let own = invite(here, "grace@example.com linus@example.com").await;
    let other = invite(elsewhere, "secret@example.com").await[0];
    let path = |verb: &str| format!("/api/v2/organizations/{here}/invitations/{verb}");
    let list = format!("/api/v2/organizations/{here}/invitations?sort=email");
    let before = owner.get(&list).await.body;
    server.forward(chrono::Duration::days(2));
    let ids = json!({ "ids": [own[0], own[1], other] });
    let answer = owner.post(&path("resend"), &ids).await;
    let rows = [(own[0], "done"), (own[1], "done"), (other, "refused")];
    assert_eq!(outcomes(&answer), expected(&rows));
    assert!(!answer.body.to_string().contains("secret@"), "{}", answer.body);
    let after = owner.get(&list).await.body;
    assert_eq!(before["items"][0]["link"], after["items"][0]["link"], "the link stays");
    assert_ne!(before["items"][0]["expires_at"], after["items"][0]["expires_at"]);
    assert_eq!(outcomes(&owner.post(&path("revoke"), &ids).await), expected(&rows));
    assert_eq!(owner.get(&list).await.body["total"], 0);
    let all = [(own[0], "refused"), (own[1], "refused"), (other, "refused")];
    assert_eq!(outcomes(&owner.post(&path("resend"), &ids).await), expected(&all));
    server.stop().await;
});

on_both_databases!(own_sessions_but_not_this_one_and_not_anothers, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let second = server.owner().await;
    let grace = server.person("grace@example.com").await;
    let sessions = async |caller: &Caller| {
        let body = caller.get("/api/v2/me/sessions").await.body;
        body["items"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let theirs = sessions(&grace).await[0];
    let body = owner.get("/api/v2/me/sessions").await.body;
    let current = body["items"].as_array().unwrap().iter().find(|it| it["current"] == true).unwrap();
    let current = current["id"].as_i64().unwrap();
    let mut ids = sessions(&owner).await;
    ids.push(theirs);
    let answer = owner.post("/api/v2/me/sessions/end", &json!({ "ids": ids })).await;
    for (id, outcome) in outcomes(&answer) {
        let refused = id == current || id == theirs;
        assert_eq!(outcome, if refused { "refused" } else { "done" }, "{id}");
    }
    assert_eq!(second.get("/api/v2/me").await.status, 401);
    assert_eq!(grace.get("/api/v2/me").await.status, 200);
    assert_eq!(sessions(&owner).await, [current]);
    server.stop().await;
});
