//! An organization's license settings: idle time, who may use licenses, seats reserved for teams.

use serde_json::{Value, json};
use testkeep_tests::api::Answer;
use testkeep_tests::on_both_databases;

use super::{Scene, assert_wrong};

impl Scene {
    async fn set(&self, idle: Option<i64>, assigned_only: bool, reservations: &[(i64, i64)]) -> Answer {
        let reservations: Vec<_> =
            reservations.iter().map(|(team, seats)| json!({ "team_id": team, "seats": seats })).collect();
        let body =
            json!({ "idle_minutes": idle, "assigned_only": assigned_only, "reservations": reservations });
        self.owner.put(&self.path("KRE/settings"), &body).await
    }

    async fn team(&self, organization: i64, name: &str) -> i64 {
        let path = format!("/api/v2/organizations/{organization}/teams");
        self.owner.create(&path, &json!({ "name": name })).await
    }

    async fn settings(&self, product: &str) -> Value {
        self.owner.get(&self.path(&format!("{product}/settings"))).await.body
    }
}

const NOTHING: [(i64, i64); 0] = [];

on_both_databases!(idle_programs_end_after_five_minutes_to_a_day, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let unset = json!({ "idle_minutes": null, "assigned_only": false, "reservations": [] });
    assert_eq!(scene.settings("KRE").await, unset);
    for wrong in [-1, 0, 4, 1441, i64::MAX] {
        assert_wrong(&scene.set(Some(wrong), false, &NOTHING).await, "idle_minutes");
    }
    assert_eq!(scene.settings("KRE").await, unset, "what is refused changes nothing");
    for fine in [Some(1440), None, Some(5)] {
        let answer = scene.set(fine, false, &NOTHING).await;
        assert_eq!((answer.status, &answer.body["idle_minutes"]), (200, &json!(fine)));
    }
    assert_eq!(scene.settings("KSE").await, unset, "each product for itself");
    let (action, name, details) = scene.last_event().await;
    assert_eq!((action.as_str(), name.as_str()), ("update_license_settings", "KRE"));
    assert_eq!((&details["idle_minutes"], &details["assigned_only"]), (&json!("5"), &json!(false)));

    let session = scene.run(&scene.owner, "ENGINE", "one").await;
    let renew = format!("/api/v2/leases/{session}/renew");
    assert_eq!(scene.owner.post(&renew, &json!({ "idle_seconds": 299 })).await.status, 200);
    let idle = scene.owner.post(&renew, &json!({ "idle_seconds": 300 })).await;
    assert_eq!((idle.status, idle.code()), (410, "session_ended"));
    assert!(idle.message().contains("idle"), "{}", idle.message());
    assert_eq!(scene.counts("KRE").await[1], 0);
    scene.server.stop().await;
});

on_both_databases!(assigned_people_alone, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let grace = scene.member("grace@example.com").await;
    let session = scene.run(&grace, "ENGINE", "before").await;
    assert_eq!(scene.set(None, true, &NOTHING).await.status, 200);
    let refused = scene.start(&grace, "ENGINE", "after").await;
    assert_eq!((refused.status, refused.code()), (403, "not_licensed"));
    let running = grace.post(&format!("/api/v2/leases/{session}/renew"), &json!({})).await;
    assert_eq!(running.status, 200, "what runs is not ended: {}", running.body);
    scene.assign("KRE", &[&grace.email]).await;
    scene.run(&grace, "ENGINE", "after").await;
    scene.server.stop().await;
});

on_both_databases!(seats_are_kept_for_teams, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let (grace, linus) = (scene.member("grace@example.com").await, scene.member("linus@example.com").await);
    let team = scene.team(scene.organization, "Night builds").await;
    scene.server.join(grace.id, team, "member").await;
    let set = scene.set(None, false, &[(team, 2)]).await;
    let expected = json!([{ "team_id": team, "team": "Night builds", "seats": 2, "in_use": 0 }]);
    assert_eq!((set.status, &set.body["reservations"]), (200, &expected));
    assert_eq!(scene.last_event().await.2["reserved"], 2);
    let refused = scene.start(&linus, "ENGINE", "one").await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"));
    assert!(refused.message().contains("reserved"), "{}", refused.message());
    scene.run(&grace, "ENGINE", "one").await;
    assert_eq!(scene.settings("KRE").await["reservations"][0]["in_use"], 1);
    let list = scene.owner.get(&scene.path("KRE/sessions")).await;
    assert_eq!(list.body["items"][0]["team"], "Night builds");
    assert_eq!(scene.set(None, false, &[(team, 1)]).await.status, 200);
    scene.run(&linus, "ENGINE", "one").await;
    assert_eq!(scene.set(None, false, &NOTHING).await.body["reservations"], json!([]));
    scene.server.stop().await;
});

on_both_databases!(only_teams_of_the_organization, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let other = scene.owner.organization("Debuggers").await;
    let (team, foreign) = (scene.team(scene.organization, "Ours").await, scene.team(other, "Theirs").await);
    let wrong: [&[(i64, i64)]; 7] = [
        &[(foreign, 1)],
        &[(team, 1), (foreign, 1)],
        &[(team, 1), (team, 1)],
        &[(team, -1)],
        &[(team, i64::MAX)],
        &[(scene.organization, 1)],
        &[(999_999, 1)],
    ];
    for reservations in wrong {
        let answer = scene.set(None, false, reservations).await;
        assert_wrong(&answer, "reservations");
        assert!(!answer.message().contains("Theirs"), "{}", answer.message());
    }
    assert_eq!(scene.settings("KRE").await["reservations"], json!([]));
    scene.server.stop().await;
});
