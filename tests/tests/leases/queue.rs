//! Waiting for a seat: first come, first served.

use chrono::Duration;
use serde_json::json;
use testkeep_tests::on_both_databases;

use super::program::{crew, engine, product, release};

on_both_databases!(who_waits_is_served_in_order, |server| {
    let (owner, organization, people) = crew(&server, 4).await;
    let mut held = Vec::new();
    for session in ["a", "b", "c", "d", "e"] {
        held.push(engine(&people[0], organization, session).check_out().await.body["id"].as_i64().unwrap());
    }
    let wait = |person: usize| {
        let session = ["-", "first", "second", "third"][person];
        let caller = &people[person];
        async move { engine(caller, organization, session).check_out_with("wait", json!(true)).await }
    };
    for person in [1, 2, 3] {
        let queued = wait(person).await;
        assert_eq!((queued.status, &queued.body["position"]), (202, &json!(person)), "{}", queued.body);
        assert_eq!(queued.body["poll_seconds"], 3);
    }
    assert_eq!(wait(2).await.body["position"], 2, "asking again keeps the place");
    assert_eq!(product(&owner, organization, "KRE").await["waiting"], 3);

    assert_eq!(release(&people[0], held[0]).await.status, 204);
    let late = engine(&people[0], organization, "late").check_out().await;
    assert_eq!(late.code(), "no_seat", "the free seat is for those who wait");
    assert_eq!(wait(3).await.status, 202);
    assert_eq!(wait(2).await.status, 202);
    assert_eq!(wait(1).await.status, 200);
    assert_eq!(wait(2).await.body["position"], 1);

    // A client that gives up leaves its position to those behind; so does a client that stops polling.
    let gone = people[2].delete("/api/v2/leases?machine_id=second&session_id=second").await;
    assert_eq!(gone.status, 204, "{}", gone.body);
    assert_eq!(wait(3).await.body["position"], 1);
    assert_eq!(wait(2).await.body["position"], 2);
    server.forward(Duration::seconds(20));
    assert_eq!(wait(3).await.status, 202);
    server.forward(Duration::seconds(20));
    assert_eq!(release(&people[0], held[1]).await.status, 204);
    assert_eq!(wait(2).await.status, 202, "the place was lost");
    assert_eq!(wait(3).await.status, 200);

    let usage = owner.get(&format!("/api/v2/organizations/{organization}/licenses/KRE/usage")).await;
    assert_eq!(usage.status, 200, "{}", usage.body);
    assert_eq!((&usage.body["peak"], &usage.body["denied"]), (&json!(5), &json!(4)));
    assert_eq!(usage.body["forecast"][0], json!({ "seats": 1, "avoided": 1 }));
    server.stop().await;
});
