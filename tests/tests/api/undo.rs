//! Undo: what comes back, for whom, how long, and what does not when the world has changed meanwhile.

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller};
use testkeep_tests::on_both_databases;

use crate::audit::newest_events;
use crate::licenses::Scene;

fn undo_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    format!("/api/v2/undo/{}", answer.body["undo"]["id"])
}

async fn undo(caller: &Caller, path: &str) -> Answer {
    caller.post(path, &json!({})).await
}

fn messages(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let results = answer.body["results"].as_array().unwrap();
    results
        .iter()
        .map(|row| format!("{}: {}", row["outcome"].as_str().unwrap(), row["message"].as_str().unwrap()))
        .collect()
}

/// An organization with a team, a project and a group, and Grace in all of them, with a license.
struct Place {
    scene: Scene,
    grace: i64,
    team: i64,
    project: i64,
    group: i64,
}

impl Place {
    async fn new(server: testkeep_tests::api::TestServer, seats: u32) -> Self {
        let scene = Scene::new(server, seats, 1).await;
        let organization = scene.organization;
        let path = |kind: &str| format!("/api/v2/organizations/{organization}/{kind}");
        scene
            .owner
            .patch(&format!("/api/v2/organizations/{organization}"), &json!({ "teams_enabled": true }))
            .await;
        let team = scene.owner.create(&path("teams"), &json!({ "name": "Parsers" })).await;
        let project = json!({ "name": "Lexer", "team_id": team });
        let project = scene.owner.create(&path("projects"), &project).await;
        let group = scene.owner.create(&path("groups"), &json!({ "name": "Night shift" })).await;
        let grace = scene.member("grace@example.com").await.id;
        scene.server.join(grace, team, "admin").await;
        scene.server.join(grace, project, "member").await;
        scene.owner.post(&format!("/api/v2/groups/{group}/users"), &json!({ "user_ids": [grace] })).await;
        scene.assign("KSE", &["grace@example.com"]).await;
        Self { scene, grace, team, project, group }
    }

    async fn remove(&self) -> String {
        let path = format!("/api/v2/organizations/{}/users/remove", self.scene.organization);
        undo_of(&self.scene.owner.post(&path, &json!({ "user_ids": [self.grace] })).await)
    }

    /// Grace's row in a list.
    async fn row(&self, path: &str) -> Option<Value> {
        let body = self.scene.owner.get(path).await.body;
        body["items"].as_array().unwrap().iter().find(|row| row["email"] == "grace@example.com").cloned()
    }

    async fn everywhere(&self) -> Vec<Option<Value>> {
        let Self { team, project, group, scene, .. } = self;
        let mut rows = Vec::new();
        for path in [
            format!("/api/v2/organizations/{}/users", scene.organization),
            format!("/api/v2/teams/{team}/users"),
            format!("/api/v2/projects/{project}/users"),
            format!("/api/v2/groups/{group}/users"),
            scene.path("KSE/users"),
        ] {
            rows.push(self.row(&path).await);
        }
        rows
    }

    async fn end(self) {
        self.scene.server.forward(chrono::Duration::minutes(2));
        self.scene.server.stop().await;
    }
}

on_both_databases!(everything_comes_back_as_it_was, |server| {
    let place = Place::new(server, 1).await;
    let before = place.everywhere().await;
    assert!(before.iter().all(Option::is_some), "{before:?}");
    let path = place.remove().await;
    assert!(place.everywhere().await.iter().all(Option::is_none));
    assert_eq!(place.scene.counts("KSE").await, [0, 0, 0]);
    place.scene.server.forward(chrono::Duration::seconds(30));
    let answer = undo(&place.scene.owner, &path).await;
    assert_eq!(messages(&answer), ["done: grace@example.com is back in “Compilers”."]);
    assert_eq!(place.everywhere().await, before, "roles, dates and the license");
    assert_eq!(place.scene.counts("KSE").await, [1, 0, 0]);
    let removed = format!("/api/v2/organizations/{}/removed-users", place.scene.organization);
    assert_eq!(place.row(&removed).await, None);
    let event = &newest_events(&place.scene.owner, 1).await[0];
    assert_eq!(event["action"], "undo_remove_user");
    assert_eq!(undo(&place.scene.owner, &path).await.status, 404, "once only");
    place.end().await;
});

on_both_databases!(only_the_same_person_and_only_for_a_minute, |server| {
    let place = Place::new(server, 1).await;
    let scene = &place.scene;
    let second = scene.server.person_in(scene.organization, "second@example.com", "owner").await;
    let stranger = scene.server.person("stranger@example.com").await;
    let path = place.remove().await;
    for other in [&second, &stranger] {
        assert_eq!(undo(other, &path).await.status, 404, "another person's");
    }
    assert_eq!(undo(&scene.server.anonymous(), &path).await.status, 401);
    assert_eq!(undo(&scene.owner, "/api/v2/undo/999999").await.status, 404);
    scene.server.forward(chrono::Duration::seconds(61));
    assert_eq!(undo(&scene.owner, &path).await.status, 404, "too late");
    assert!(place.everywhere().await.iter().all(Option::is_none));
    place.end().await;
});

on_both_databases!(who_lost_the_permission_cannot_undo, |server| {
    let place = Place::new(server, 1).await;
    let scene = &place.scene;
    let admin = scene.server.person_in(scene.organization, "admin@example.com", "admin").await;
    let users = format!("/api/v2/organizations/{}/users", scene.organization);
    let path = undo_of(&admin.post(&format!("{users}/remove"), &json!({ "user_ids": [place.grace] })).await);
    let demoted = scene.owner.patch(&format!("{users}/{}", admin.id), &json!({ "role": "member" })).await;
    assert_eq!(demoted.status, 200);
    assert_eq!(undo(&admin, &path).await.status, 403);
    assert_eq!(scene.owner.delete(&format!("{users}/{}", admin.id)).await.status, 204);
    assert_eq!(undo(&admin, &path).await.status, 404);
    place.end().await;
});

on_both_databases!(a_seat_that_was_given_away_stays_given_away, |server| {
    let place = Place::new(server, 1).await;
    let scene = &place.scene;
    scene.member("linus@example.com").await;
    let path = place.remove().await;
    assert_eq!(scene.assign("KSE", &["linus@example.com"]).await, ["assigned"]);
    let answer = undo(&scene.owner, &path).await;
    assert_eq!(
        messages(&answer),
        [
            "done: grace@example.com is back, but without the KSE license: all KSE licenses are assigned to others \
          meanwhile."
        ]
    );
    assert_eq!(scene.counts("KSE").await, [1, 0, 0], "never above the quota");
    place.end().await;
});

on_both_databases!(a_revoked_license_comes_back_if_it_is_free, |server| {
    let place = Place::new(server, 1).await;
    let scene = &place.scene;
    let linus = scene.member("linus@example.com").await;
    let revoke = scene.path("KSE/users/revoke");
    let before = place.row(&scene.path("KSE/users")).await;
    let body = json!({ "user_ids": [place.grace] });
    let path = undo_of(&scene.owner.post(&revoke, &body).await);
    let answer = undo(&scene.owner, &path).await;
    assert_eq!(messages(&answer), ["done: grace@example.com has the KSE license again."]);
    assert_eq!(place.row(&scene.path("KSE/users")).await, before);
    let path = undo_of(&scene.owner.post(&revoke, &body).await);
    assert_eq!(scene.assign("KSE", &["linus@example.com"]).await, ["assigned"]);
    let answer = undo(&scene.owner, &path).await;
    let full =
        "refused: grace@example.com has no KSE license: all KSE licenses are assigned to others meanwhile.";
    assert_eq!(messages(&answer), [full]);
    // The person was removed meanwhile.
    let path = undo_of(&scene.owner.post(&revoke, &json!({ "user_ids": [linus.id] })).await);
    let user = format!("/api/v2/organizations/{}/users/{}", scene.organization, linus.id);
    assert_eq!(scene.owner.delete(&user).await.status, 204);
    let answer = undo(&scene.owner, &path).await;
    assert_eq!(messages(&answer), ["refused: linus@example.com is no longer in “Compilers”."]);
    assert_eq!(scene.counts("KSE").await, [0, 0, 0]);
    place.end().await;
});

on_both_databases!(nobody_returns_into_a_place_above_which_they_are_gone, |server| {
    let place = Place::new(server, 1).await;
    let scene = &place.scene;
    let remove = format!("/api/v2/teams/{}/users/remove", place.team);
    let path = undo_of(&scene.owner.post(&remove, &json!({ "user_ids": [place.grace] })).await);
    let user = format!("/api/v2/organizations/{}/users/{}", scene.organization, place.grace);
    assert_eq!(scene.owner.delete(&user).await.status, 204);
    let answer = undo(&scene.owner, &path).await;
    assert!(messages(&answer)[0].starts_with("refused: grace@example.com was not restored"));
    assert!(place.everywhere().await.iter().all(Option::is_none));
    // A team that was deleted takes its undo with it.
    scene.server.join(place.grace, scene.organization, "member").await;
    scene.server.join(place.grace, place.team, "member").await;
    let path = undo_of(&scene.owner.post(&remove, &json!({ "user_ids": [place.grace] })).await);
    let deleted = scene.owner.delete(&format!("/api/v2/teams/{}?confirm=Parsers", place.team)).await;
    assert_eq!(deleted.status, 204, "{}", deleted.body);
    assert_eq!(undo(&scene.owner, &path).await.status, 404);
    place.end().await;
});
