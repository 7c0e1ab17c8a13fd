//! Expiry of leases: each counts until a moment before its end, and not from its end on.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use testkeep_tests::api::Answer;
use testkeep_tests::on_both_databases;

use super::program::{Program, api_key, assign, crew, engine, product, renew};

const MOMENT: Duration = Duration::milliseconds(1);

fn until(granted: &Answer) -> DateTime<Utc> {
    granted.body["expires_at"].as_str().expect("a time").parse().expect("a time")
}

on_both_databases!(a_lease_ends_five_minutes_after_its_last_renewal, |server| {
    let (owner, organization, people) = crew(&server, 2).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let granted = engine(&people[0], organization, &format!("s{number}")).check_out().await;
        assert_eq!(until(&granted), server.clock.now() + Duration::minutes(5));
        ids.push(granted.body["id"].as_i64().unwrap());
    }
    server.forward(Duration::minutes(5) - MOMENT);
    let other = engine(&people[1], organization, "other");
    assert_eq!(other.check_out().await.code(), "no_seat");
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], 5);
    assert_eq!(renew(&people[0], ids[0]).await.status, 200);
    server.forward(MOMENT);
    let late = renew(&people[0], ids[1]).await;
    assert_eq!((late.status, late.code()), (410, "session_ended"), "{}", late.body);
    // The renewed session keeps its seat; the seats of the other four are free.
    for session in ["other", "b", "c", "d"] {
        assert_eq!(engine(&people[1], organization, session).check_out().await.status, 200, "{session}");
    }
    assert_eq!(engine(&people[1], organization, "e").check_out().await.code(), "no_seat");
    assert_eq!(renew(&people[0], ids[0]).await.status, 200);
    server.stop().await;
});

on_both_databases!(what_is_borrowed_comes_back_on_its_day, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    assign(&owner, organization, "KSE", &[&ada.email]).await;
    let key = api_key(&server, ada).await;
    let laptop = Program { caller: &key, organization, package: "KSE", machine: "laptop", session: "1" };
    let borrowed = laptop.check_out_with("borrow_days", json!(10)).await;
    assert_eq!(until(&borrowed), server.clock.now() + Duration::days(10));
    let desk = Program { machine: "desk", session: "2", ..laptop };
    server.forward(Duration::days(10) - MOMENT);
    assert_eq!(desk.check_out().await.code(), "no_seat", "it is on the laptop");
    server.forward(MOMENT);
    assert_eq!(desk.check_out().await.status, 200);
    server.stop().await;
});
