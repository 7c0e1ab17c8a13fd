//! Clocks that jump: nobody gets a seat too many, nobody is shut out for good.

use chrono::Duration;
use testkeep_tests::api::{Caller, PASSWORD};
use testkeep_tests::on_both_databases;

use super::program::{crew, engine, product, release, renew};

on_both_databases!(a_clock_that_jumps_gives_no_seat_too_many, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    // The license began long before.
    server.forward(Duration::days(2));
    let sessions = ["a", "b", "c", "d", "e"];
    for session in sessions {
        assert_eq!(engine(ada, organization, session).check_out().await.status, 200);
    }
    // Back by hours: tolerated, and everything goes on.
    server.forward(Duration::hours(-20));
    assert_eq!(engine(ada, organization, "f").check_out().await.code(), "no_seat");
    for session in sessions {
        assert_eq!(engine(ada, organization, session).check_out().await.status, 200);
    }
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], 5);
    // Forward: every lease is over, so the seats are free.
    server.forward(Duration::hours(30));
    for session in ["f", "g", "h", "i", "j"] {
        assert_eq!(engine(ada, organization, session).check_out().await.status, 200);
    }
    assert_eq!(engine(ada, organization, "a").check_out().await.code(), "no_seat");
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], 5);
    server.stop().await;
});

on_both_databases!(a_clock_set_far_back_gives_out_nothing_new, |server| {
    let (_owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    let held = engine(ada, organization, "a").check_out().await;
    let id = held.body["id"].as_i64().unwrap();
    let mark = server.clock.now() + Duration::days(3);
    testkeep_server::clock_guard::note_time(&server.app.db, mark).await.unwrap();
    let refused = engine(ada, organization, "b").check_out().await;
    assert_eq!(refused.status, 403);
    assert!(refused.message().contains("clock"), "{}", refused.message());
    assert_eq!(renew(ada, id).await.status, 200, "who has a seat keeps it");
    assert_eq!(release(ada, id).await.status, 204);
    server.stop().await;
});

on_both_databases!(no_lease_outlives_the_license, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    server.forward(Duration::days(365) - Duration::minutes(10));
    let ada = &people[0];
    let caller = {
        // Their session of a year ago is over.
        let answer = server.sign_in(&ada.email, PASSWORD).await;
        Caller::signed_in(&server.url, answer.body["token"].as_str().map(Into::into))
    };
    drop(owner);
    let granted = engine(&caller, organization, "a").check_out().await;
    assert_eq!(granted.status, 200, "{}", granted.body);
    let until: chrono::DateTime<chrono::Utc> = granted.body["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, server.clock.now() + Duration::minutes(10));
    server.forward(Duration::minutes(11));
    let refused = engine(&caller, organization, "b").check_out().await;
    assert_eq!((refused.status, refused.code()), (403, "not_licensed"), "{}", refused.body);
    server.stop().await;
});
