//! What an invitation gives when it is accepted: a role, teams and licenses, and who may offer them.

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller, EMAIL};
use testkeep_tests::on_both_databases;

use crate::audit::newest_events;
use crate::licenses::Scene;

const GRACE: &str = "grace@example.com";

async fn invite(caller: &Caller, organization: i64, addresses: &str, gives: Value) -> Answer {
    let mut body = gives;
    body["addresses"] = addresses.into();
    caller.post(&format!("/api/v2/organizations/{organization}/invitations"), &body).await
}

fn token_of(result: &Value) -> String {
    result["invitation"]["link"].as_str().expect("a link").split_once("#token=").unwrap().1.to_owned()
}

async fn accept(person: &Caller, token: &str) -> Answer {
    person.post("/api/v2/invitation-link/accept", &json!({ "token": token })).await
}

async fn team(owner: &Caller, organization: i64, name: &str) -> i64 {
    owner.create(&format!("/api/v2/organizations/{organization}/teams"), &json!({ "name": name })).await
}

on_both_databases!(role_teams_and_licenses_come_with_the_membership, |server| {
    let scene = Scene::new(server, 2, 1).await;
    let (owner, id) = (&scene.owner, scene.organization);
    let (parsers, lexers) = (team(owner, id, "Parsers").await, team(owner, id, "Lexers").await);
    let grace = scene.server.person(GRACE).await;
    let gives =
        json!({ "role": "admin", "team_ids": [parsers, lexers, parsers], "products": ["KRE", "KSE"] });
    let answer = invite(owner, id, GRACE, gives).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let result = &answer.body["results"][0];
    let shown = &result["invitation"];
    assert_eq!((&shown["role"], &shown["products"]), (&json!("admin"), &json!(["KSE", "KRE"])));
    assert_eq!(shown["teams"].as_array().unwrap().len(), 2, "{shown}");
    let look = grace.post("/api/v2/invitation-link/look", &json!({ "token": token_of(result) })).await;
    assert_eq!((&look.body["teams"], &look.body["role"]), (&json!(["Lexers", "Parsers"]), &json!("admin")));
    assert_eq!(look.body["organization_id"], id);
    // A team that is deleted meanwhile is left out.
    assert_eq!(owner.delete(&format!("/api/v2/teams/{lexers}?confirm=Lexers")).await.status, 204);
    assert_eq!(accept(&grace, &token_of(result)).await.status, 200);

    let users = owner.get(&format!("/api/v2/organizations/{id}/users?search=grace")).await;
    assert_eq!(users.body["items"][0]["role"], "admin");
    assert!(owner.column(&format!("/api/v2/teams/{parsers}/users"), "email").await.contains(&GRACE.into()));
    assert_eq!(owner.column(&scene.path("KSE/users"), "email").await, [GRACE]);
    assert_eq!((scene.counts("KSE").await[0], scene.counts("KRE").await[0]), (1, 1));
    let actions: Vec<Value> = newest_events(owner, 5).await.iter().map(|it| it["action"].clone()).collect();
    for action in ["accept_invitation", "add_user", "assign_license"] {
        assert!(actions.contains(&json!(action)), "{actions:?}");
    }
    scene.server.stop().await;
});

on_both_databases!(five_free_seats_go_to_the_first_five_of_a_hundred, |server| {
    const PEOPLE: usize = 100;
    let scene = Scene::new(server, 5, 1).await;
    let people = scene.server.people(PEOPLE).await;
    let addresses: Vec<&str> = people.iter().map(|person| person.email.as_str()).collect();
    let gives = json!({ "products": ["KSE"] });
    let answer = invite(&scene.owner, scene.organization, &addresses.join("\n"), gives).await;
    let results = answer.body["results"].as_array().unwrap();
    assert_eq!(results.len(), PEOPLE);
    let options = format!("/api/v2/organizations/{}/invitation-options", scene.organization);
    let kse = scene.owner.get(&options).await.body["licenses"][0].clone();
    assert_eq!((&kse["product"], &kse["free"], &kse["promised"]), (&json!("KSE"), &json!(5), &json!(100)));

    let tokens: Vec<String> = results.iter().map(token_of).collect();
    let accepting = people.iter().zip(&tokens).map(|(person, token)| accept(person, token));
    for answer in futures_util::future::join_all(accepting).await {
        assert_eq!(answer.status, 200, "who gets no license joins without one: {}", answer.body);
    }
    assert_eq!(scene.counts("KSE").await, [5, 0, 0], "no more than the quota, and no fewer");
    assert_eq!(scene.owner.column(&scene.path("KSE/users"), "email").await.len(), 5);
    let users = format!("/api/v2/organizations/{}/users", scene.organization);
    assert_eq!(scene.owner.get(&users).await.body["total"], PEOPLE + 1, "all are in, with the Owner");
    let events =
        scene.owner.get("/api/v2/accounts/1/audit-events?action=accept_invitation&page_size=100").await;
    let events = events.body["items"].as_array().unwrap();
    assert_eq!(events.len(), PEOPLE);
    let without = events.iter().filter(|it| it["details"]["without_license"] == "KSE").count();
    assert_eq!(without, PEOPLE - 5, "the log names the others");
    let kse = scene.owner.get(&options).await.body["licenses"][0].clone();
    assert_eq!((&kse["free"], &kse["promised"]), (&json!(0), &json!(0)));
    scene.server.stop().await;
});

on_both_databases!(a_license_needs_no_seat_of_a_person_who_has_one, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let (owner, id) = (&scene.owner, scene.organization);
    let grace = scene.server.person(GRACE).await;
    let answer = invite(owner, id, GRACE, json!({ "products": ["KSE"] })).await;
    // She joins and gets the license in another way first.
    scene.server.join(grace.id, id, "member").await;
    assert_eq!(scene.assign("KSE", &[GRACE]).await, ["assigned"]);
    assert_eq!(accept(&grace, &token_of(&answer.body["results"][0])).await.status, 200);
    assert_eq!(scene.counts("KSE").await, [1, 0, 0]);
    scene.server.stop().await;
});

on_both_databases!(nobody_offers_what_they_may_not_give, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let (owner, id) = (&scene.owner, scene.organization);
    let other = owner.organization("Interpreters").await;
    let theirs = team(owner, other, "Theirs").await;
    let admin = scene.server.person_in(id, "linus@example.com", "admin").await;
    for (caller, gives, status, field) in [
        (&*admin, json!({ "role": "owner" }), 403, ""),
        (&*admin, json!({ "role": "admin" }), 403, ""),
        (owner, json!({ "role": "billing_manager" }), 422, "role"),
        (owner, json!({ "role": "king" }), 422, ""),
        (owner, json!({ "team_ids": [theirs] }), 422, "team_ids"),
        (owner, json!({ "team_ids": [id] }), 422, "team_ids"),
        (owner, json!({ "team_ids": (1..=21).collect::<Vec<i64>>() }), 422, "team_ids"),
    ] {
        let answer = invite(caller, id, GRACE, gives.clone()).await;
        assert_eq!(answer.status, status, "{gives}: {}", answer.body);
        if !field.is_empty() {
            assert!(answer.body["error"]["fields"][field].is_string(), "{gives}: {}", answer.body);
        }
    }
    let body = json!({ "addresses": GRACE, "products": ["KSE"] });
    assert_eq!(owner.post("/api/v2/accounts/1/invitations", &body).await.status, 422);
    let roles = admin.get(&format!("/api/v2/organizations/{id}/invitation-options")).await;
    assert_eq!(roles.body["roles"], json!(["member"]), "{}", roles.body);
    let list = owner.get(&format!("/api/v2/organizations/{id}/invitations")).await;
    assert_eq!(list.body["total"], 0, "a refused request invites nobody");
    scene.server.stop().await;
});

on_both_databases!(an_offer_ends_with_the_inviters_right_to_give_it, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let (owner, id) = (&scene.owner, scene.organization);
    let grace = scene.server.person(GRACE).await;
    let linus = scene.server.person_in(id, "linus@example.com", "owner").await;
    let answer = invite(&linus, id, GRACE, json!({ "role": "owner" })).await;
    let token = token_of(&answer.body["results"][0]);
    // An Admin may still invite, but not make somebody Owner.
    scene.server.join(linus.id, id, "admin").await;
    let path = format!("/api/v2/organizations/{id}/invitations");
    let row = owner.get(&path).await.body["items"][0].clone();
    assert_eq!((&row["state"], &row["link"]), (&json!("inviter_may_not"), &Value::Null));
    assert_eq!(accept(&grace, &token).await.status, 410);
    let resend = format!("/api/v2/invitations/{}/resend", row["id"]);
    assert_eq!(linus.post(&resend, &json!({})).await.status, 403, "nor become the inviter of an Owner");
    let renewed = owner.post(&resend, &json!({})).await;
    assert_eq!((renewed.status, &renewed.body["invited_by"]), (200, &json!(EMAIL)));
    assert_eq!(accept(&grace, &token_of(&json!({ "invitation": renewed.body }))).await.status, 200);
    let users = owner.get(&format!("/api/v2/organizations/{id}/users?search=grace")).await;
    assert_eq!(users.body["items"][0]["role"], "owner");
    scene.server.stop().await;
});

on_both_databases!(addresses_are_checked_before_they_are_invited, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let (owner, id) = (&scene.owner, scene.organization);
    invite(owner, id, "known@example.com", json!({})).await;
    let checks = format!("/api/v2/organizations/{id}/invitation-checks");
    let text =
        format!("Grace Hopper <Grace@example.com>; nobody, grace@example.com {EMAIL} known@example.com");
    let answer = owner.post(&checks, &json!({ "addresses": text })).await;
    let rows = answer.body["checks"].as_array().unwrap();
    let outcomes: Vec<&str> = rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["invited", "invalid", "duplicate", "already_member", "invited_again"]);
    assert_eq!((&rows[0]["email"], &rows[1]["email"]), (&json!(GRACE), &Value::Null));
    assert_eq!(rows[1]["address"], "nobody");
    let list = owner.get(&format!("/api/v2/organizations/{id}/invitations")).await;
    assert_eq!(list.body["total"], 1, "nobody was invited by looking");
    let member = scene.member("linus@example.com").await;
    assert_eq!(member.post(&checks, &json!({ "addresses": GRACE })).await.status, 403);
    let stranger = scene.server.person("stranger@example.com").await;
    assert_eq!(stranger.post(&checks, &json!({ "addresses": GRACE })).await.status, 404);
    scene.server.stop().await;
});
