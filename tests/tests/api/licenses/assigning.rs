//! Assigning many addresses at once, and who has a license afterwards.

use serde_json::json;
use testkeep_tests::api::EMAIL;
use testkeep_tests::on_both_databases;

use super::{Scene, assert_wrong, download};
use crate::audit::newest_events;

on_both_databases!(every_address_has_its_outcome_in_order, |server| {
    let scene = Scene::new(server, 2, 1).await;
    for email in ["grace@example.com", "linus@example.com"] {
        scene.member(email).await;
    }
    scene.server.person("stranger@example.com").await;
    let emails = [
        " Grace@Example.com ",
        "nobody@example.com",
        "no address",
        "grace@example.com",
        "linus@example.com",
        EMAIL,
        "stranger@example.com",
        "",
    ];
    let expected = [
        "assigned",
        "not_a_member",
        "invalid",
        "already_assigned",
        "assigned",
        "no_seat",
        "not_a_member",
        "invalid",
    ];
    assert_eq!(scene.assign("KSE", &emails).await, expected);
    let events = newest_events(&scene.owner, 2).await;
    for (event, email) in events.iter().rev().zip(["grace@example.com", "linus@example.com"]) {
        assert_eq!((&event["action"], &event["target_name"]), (&json!("assign_license"), &json!(email)));
        assert_eq!((&event["details"]["product"], &event["actor"]), (&json!("KSE"), &json!(EMAIL)));
    }
    let users = scene.path("KSE/users");
    assert_eq!(
        scene.owner.column(&users, "email").await,
        ["grace@example.com", "linus@example.com"],
        "and nobody else"
    );
    assert_eq!(scene.counts("KSE").await, [2, 0, 0]);
    assert_eq!(scene.counts("KRE").await, [0, 0, 0], "each product for itself");
    scene.server.stop().await;
});

on_both_databases!(as_many_people_as_one_likes_share_floating_seats, |server| {
    let scene = Scene::new(server, 1, 1).await;
    scene.member("grace@example.com").await;
    assert_eq!(scene.assign("KRE", &["grace@example.com", EMAIL]).await, ["assigned", "assigned"]);
    assert_eq!(scene.counts("KRE").await, [2, 0, 0]);
    scene.server.stop().await;
});

on_both_databases!(a_thousand_addresses_are_the_most, |server| {
    let scene = Scene::new(server, 10, 1).await;
    let users = scene.path("KSE/users");
    let many = |count: usize| (0..count).map(|number| format!("person{number}@example.com"));
    for wrong in [0, 1001] {
        let emails: Vec<_> = many(wrong).collect();
        assert_wrong(&scene.owner.post(&users, &json!({ "emails": emails })).await, "emails");
    }
    for id in scene.server.crowd(12).await {
        scene.server.join(id, scene.organization, "member").await;
    }
    let emails: Vec<_> = many(1000).collect();
    let emails: Vec<_> = emails.iter().map(String::as_str).collect();
    let outcomes = scene.assign("KSE", &emails).await;
    let expected = ["assigned"; 10].into_iter().chain(["no_seat"; 2]).chain(["not_a_member"; 988]);
    assert!(outcomes.iter().map(String::as_str).eq(expected), "{:?}", &outcomes[..20]);
    let list = scene.owner.get(&format!("{users}?page_size=3&page=2&sort=email&order=desc")).await;
    assert_eq!(list.body["total"], 10);
    assert_eq!(list.body["items"][0]["email"], "person6@example.com");
    assert_eq!(scene.owner.column(&format!("{users}?search=PERSON7"), "email").await.len(), 1);
    scene.server.stop().await;
});

on_both_databases!(the_list_tells_who_works_where, |server| {
    let scene = Scene::new(server, 2, 1).await;
    let grace = scene.member("grace@example.com").await;
    scene.assign("KSE", &["grace@example.com", EMAIL]).await;
    scene.run(&grace, "KSE", "one").await;
    let users = scene.path("KSE/users");
    let list = scene.owner.get(&format!("{users}?sort=email&order=desc")).await;
    let first = &list.body["items"][0];
    assert_eq!((&first["online"], &first["hostname"]), (&json!(true), &json!("Laptop")));
    assert_eq!((&first["assigned_by"], &first["user_id"]), (&json!(EMAIL), &json!(grace.id)));
    assert!(first["last_used_at"].is_string(), "{first}");
    let second = &list.body["items"][1];
    assert_eq!(
        (&second["online"], &second["hostname"], &second["last_used_at"]),
        (&json!(false), &json!(null), &json!(null))
    );
    let (disposition, csv) = download(&scene.owner, &format!("{users}/export?sort=email")).await;
    assert_eq!(disposition, "attachment; filename=\"licensed-users.csv\"");
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], "\u{feff}email,first_name,last_name,assigned_at,assigned_by,last_used_at,hostname");
    assert!(lines[1].starts_with("ada@example.com,Ada,Lovelace,20"), "{csv}");
    assert!(lines[2].starts_with("grace@") && lines[2].ends_with(",Laptop") && lines.len() == 3, "{csv}");
    scene.server.stop().await;
});

on_both_databases!(there_are_two_products, |server| {
    let scene = Scene::new(server, 2, 1).await;
    for product in ["kse", "XYZ", "KSE%00", ""] {
        for page in ["users", "sessions", "settings", "usage"] {
            let path = scene.path(&format!("{product}/{page}"));
            assert_eq!(scene.owner.get(&path).await.status, 404, "{path}");
        }
    }
    scene.server.stop().await;
});
