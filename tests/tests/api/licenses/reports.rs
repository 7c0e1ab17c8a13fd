//! Usage reports: how many seats are used, by whom, and what more seats would have changed.

use chrono::{DateTime, Duration, DurationRound as _, Utc};
use serde_json::json;
use testkeep_store::licenses::usage;
use testkeep_tests::api::Caller;
use testkeep_tests::on_both_databases;

use super::{Scene, assert_wrong, download};

on_both_databases!(peaks_denials_and_what_more_seats_would_do, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let (grace, linus) = (scene.member("grace@example.com").await, scene.member("linus@example.com").await);
    let usage = |days: &str| scene.path(&format!("KRE/usage?days={days}"));
    let empty = scene.owner.get(&scene.path("KRE/usage")).await.body;
    let expected = json!({ "days": 30, "quota": 2, "points": [], "peak": 0, "denied": 0, "forecast": [],
                           "denials": [], "full_hours": [] });
    assert_eq!(empty, expected);
    let first = scene.run(&grace, "ENGINE", "one").await;
    scene.server.forward(Duration::minutes(1));
    let second = scene.run(&grace, "ENGINE", "two").await;
    for who in [&linus, &linus, &linus] {
        assert_eq!(scene.start(who, "ENGINE", "three").await.code(), "no_seat");
    }
    assert_eq!(scene.start(&scene.owner, "ENGINE", "four").await.code(), "no_seat");
    for lease in [first, second] {
        grace.delete(&format!("/api/v2/leases/{lease}")).await;
    }

    let shown = scene.owner.get(&usage("7")).await.body;
    assert_eq!(
        (&shown["peak"], &shown["denied"]),
        (&json!(2), &json!(2)),
        "asked again counts once: {shown}"
    );
    let expected = json!([{ "seats": 1, "avoided": 1 }, { "seats": 2, "avoided": 2 }]);
    assert_eq!(shown["forecast"], expected);
    let hour = scene.server.clock.now().duration_trunc(Duration::hours(1)).unwrap();
    let hour = hour.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    assert_eq!(shown["denials"], json!([{ "at": hour, "denied": 2 }]));
    assert_eq!(shown["full_hours"], json!([hour]), "both seats were in use");
    let points = shown["points"].as_array().unwrap();
    assert_eq!((points.len(), &points[0]["peak"], &points[0]["denied"]), (1, &json!(2), &json!(2)));
    scene.server.forward(Duration::hours(1));
    begin_hour(&scene).await;
    scene.server.forward(Duration::days(3));
    assert_eq!(scene.owner.get(&usage("2")).await.body["points"], json!([]), "that was before");
    assert_eq!(scene.owner.get(&usage("5")).await.body["peak"], 2);
    for wrong in ["0", "-1", "366"] {
        assert_wrong(&scene.owner.get(&usage(wrong)).await, "days");
    }
    scene.server.stop().await;
});

on_both_databases!(a_seat_that_is_kept_counts_in_every_hour, |server| {
    let scene = Scene::new(server, 1, 2).await;
    let grace = scene.member("grace@example.com").await;
    scene.run(&grace, "ENGINE", "one").await;
    scene.server.forward(Duration::hours(1));
    let hour = begin_hour(&scene).await;
    let shown = scene.owner.get(&scene.path("KRE/usage?days=1")).await.body;
    let points = shown["points"].as_array().unwrap();
    assert_eq!(points.len(), 2, "{shown}");
    let at: DateTime<Utc> = points[1]["at"].as_str().unwrap().parse().unwrap();
    assert_eq!((at, &points[1]["peak"]), (hour, &json!(1)), "{shown}");
    // While the server is off, no hour is recorded: the seats are still in use.
    scene.server.forward(Duration::hours(3));
    let shown = scene.owner.get(&scene.path("KRE/usage?days=1")).await.body;
    let peaks: Vec<_> = shown["points"].as_array().unwrap().iter().map(|point| &point["peak"]).collect();
    assert_eq!(peaks, [&json!(1); 5], "{shown}");
    scene.server.stop().await;
});

/// What the server does by itself at the start of an hour.
async fn begin_hour(scene: &Scene) -> DateTime<Utc> {
    let hour = scene.server.clock.now().duration_trunc(Duration::hours(1)).unwrap();
    let mut tx = scene.server.app.db.begin().await.unwrap();
    usage::begin_hour(&mut tx, hour).await.unwrap();
    tx.commit().await.unwrap();
    hour
}

/// Lets this number of minutes pass while the session is kept alive.
async fn keep_alive(scene: &Scene, who: &Caller, session: i64, minutes: i64) {
    for _ in 0..minutes {
        scene.server.forward(Duration::minutes(1));
        let renewed = who.post(&format!("/api/v2/leases/{session}/renew"), &json!({})).await;
        assert_eq!(renewed.status, 200, "{}", renewed.body);
    }
}

on_both_databases!(hours_and_denials_of_everybody, |server| {
    let scene = Scene::new(server, 1, 1).await;
    let (grace, linus) = (scene.member("grace@example.com").await, scene.member("linus@example.com").await);
    let session = scene.run(&grace, "ENGINE", "one").await;
    scene.start(&linus, "ENGINE", "two").await;
    keep_alive(&scene, &grace, session, 15).await;
    assert_eq!(grace.delete(&format!("/api/v2/leases/{session}")).await.status, 204);
    let session = scene.run(&grace, "ENGINE", "three").await;
    keep_alive(&scene, &grace, session, 30).await;

    let path = scene.path("KRE/utilization");
    let list = scene.owner.get(&path).await;
    let (first, second) = (&list.body["items"][0], &list.body["items"][1]);
    assert_eq!((&first["email"], &first["sessions"]), (&json!("grace@example.com"), &json!(2)));
    assert_eq!((&first["hours"], &first["machines"], &first["denied"]), (&json!(0.75), &json!(1), &json!(0)));
    let nothing = json!({ "user_id": linus.id, "email": "linus@example.com", "sessions": 0, "hours": 0.0,
                          "machines": 0, "denied": 1, "last_used_at": null });
    assert_eq!((second, &list.body["total"]), (&nothing, &json!(2)));
    assert_eq!(
        scene.owner.column(&format!("{path}?sort=email&order=desc"), "email").await,
        ["linus@example.com", "grace@example.com"]
    );
    assert_eq!(scene.owner.column(&format!("{path}?search=linus"), "email").await.len(), 1);
    assert_eq!(
        scene.owner.column(&format!("{path}?page_size=1&page=2"), "email").await,
        ["linus@example.com"]
    );
    let today = scene.server.clock.now().date_naive();
    let before = (today - Duration::days(3), today - Duration::days(2));
    let earlier = scene.owner.get(&format!("{path}?from={}&to={}", before.0, before.1)).await;
    assert_eq!(earlier.body["items"], json!([]), "nobody worked then");
    assert_wrong(&scene.owner.get(&format!("{path}?from={}&to={}", before.1, before.0)).await, "from");
    assert_wrong(&scene.owner.get(&format!("{path}?sort=password")).await, "sort");

    let (disposition, csv) = download(&scene.owner, &format!("{path}/export?sort=email")).await;
    assert_eq!(disposition, "attachment; filename=\"license-utilization.csv\"");
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], "\u{feff}email,sessions,hours,machines,denied,last_used_at");
    assert!(lines[1].starts_with("grace@example.com,2,0.75,1,0,20"), "{csv}");
    assert_eq!((lines[2], lines.len()), ("linus@example.com,0,0.00,0,1,", 3));
    scene.server.stop().await;
});
