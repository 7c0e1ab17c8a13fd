//! Clocks that jump: no seat is given twice, and no person is locked out for ever.

use chrono::Duration;
use serde_json::json;
use testkeep_domain::license::Returns;
use testkeep_tests::api::{Caller, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;

use super::program::{crew, engine, product, release, renew};
use super::returns::{Ask, crew_under};

on_both_databases!(a_clock_that_jumps_gives_no_seat_too_many, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    // The license began long before.
    server.forward(Duration::days(2));
    let sessions = ["a", "b", "c", "d", "e"];
    for session in sessions {
        assert_eq!(engine(ada, organization, session).check_out().await.status, 200);
    }
    // Back by hours: tolerated, everything continues.
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

async fn count_again(server: &TestServer, returns: Returns) {
    let (owner, organization, people) = crew_under(server, returns, [2, 10], 1).await;
    let engine = |session, borrow_days| Ask {
        organization,
        package: "FLOATING_ENGINE",
        machine: "agent",
        host: "agent",
        session,
        borrow_days,
    };
    assert_eq!(engine("a", Some(1)).by(&people[0]).await.status, 200);
    let file = json!({ "machine_key": "f".repeat(32), "holder": "vault", "native": true,
                           "expires_on": server.clock.now().format("%Y-%m-%d").to_string() });
    let made = owner.post(&format!("/api/v2/organizations/{organization}/licenses/KRE/offline"), &file).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(engine("b", None).by(&people[0]).await.code(), "no_seat");
    // While the clock is ahead, an offline license and a borrowed seat have expired, and other sessions take their
    // seats.
    let ahead = Duration::hours(25);
    server.forward(ahead);
    for session in ["c", "d"] {
        assert_eq!(engine(session, None).by(&people[0]).await.status, 200);
    }
    server.forward(-ahead);
    let refused = engine("e", None).by(&people[0]).await;
    assert_eq!(refused.code(), "no_seat", "{}", refused.body);
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], 4);
    // When all of them have expired, every seat is free again, and each only once.
    server.forward(ahead + Duration::hours(1));
    for session in ["f", "g"] {
        assert_eq!(engine(session, None).by(&people[0]).await.status, 200);
    }
    assert_eq!(engine("h", None).by(&people[0]).await.code(), "no_seat");
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], 2);
}

on_both_databases!(seats_that_a_clock_ahead_freed_count_again, |server| {
    count_again(&server, Returns::Trusted).await;
    server.stop().await;
});

on_both_databases!(seats_that_a_clock_ahead_freed_count_again_where_returns_are_counted, |server| {
    count_again(&server, Returns::Counted).await;
    server.stop().await;
});

on_both_databases!(a_clock_set_far_back_gives_out_nothing_new, |server| {
    let (_owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    let held = engine(ada, organization, "a").check_out().await;
    let id = held.body["id"].as_i64().unwrap();
    let mark = server.clock.now() + Duration::days(3);
    testkeep_server::testing::note_time(&server.app.db, mark).await.unwrap();
    let refused = engine(ada, organization, "b").check_out().await;
    assert_eq!(refused.status, 403);
    assert!(refused.message().contains("clock"), "{}", refused.message());
    assert_eq!(renew(ada, id).await.status, 200, "who has a seat keeps it");
    assert_eq!(release(ada, id).await.status, 204);
    server.stop().await;
});

on_both_databases!(no_lease_outlives_the_license, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    server.forward(Duration::days(365) - Duration::minutes(3));
    let ada = &people[0];
    let caller = {
        // The sign-in session from a year ago has ended.
        let answer = server.sign_in(&ada.email, PASSWORD).await;
        Caller::signed_in(&server.url, answer.body["token"].as_str().map(Into::into))
    };
    drop(owner);
    let granted = engine(&caller, organization, "a").check_out().await;
    assert_eq!(granted.status, 200, "{}", granted.body);
    let until: chrono::DateTime<chrono::Utc> = granted.body["expires_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(until, server.clock.now() + Duration::minutes(3));
    server.forward(Duration::minutes(4));
    let refused = engine(&caller, organization, "b").check_out().await;
    assert_eq!((refused.status, refused.code()), (403, "not_licensed"), "{}", refused.body);
    server.stop().await;
});
