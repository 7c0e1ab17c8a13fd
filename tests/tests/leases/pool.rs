//! One program after the other: effects of a checkout, a keep-alive and a release.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use serde_json::{Value, json};
use testkeep_domain::lease::{LeaseKind, LeaseVerifier};
use testkeep_domain::license::{TrustedKeys, VendorKey};
use testkeep_tests::api::{Caller, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::people::Person;

use super::program::{Program, assign, crew, engine, product, release, renew};

on_both_databases!(a_seat_is_taken_kept_and_given_back, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    let program = engine(ada, organization, "build-1");
    let granted = program.check_out().await;
    assert_eq!(granted.status, 200, "{}", granted.body);
    assert_eq!(granted.body["product"], "KRE");

    let vendor = VendorKey::from_seed(&[7; 32]).public_key();
    let verifier = LeaseVerifier::new(TrustedKeys::new(vec![vendor]));
    let now = server.clock.now();
    let lease = granted.body["lease"].as_str().unwrap();
    let claims = verifier.verify(lease, "build-1", now).unwrap();
    assert_eq!((claims.kind, claims.user.as_str()), (LeaseKind::Online, ada.email.as_str()));
    assert_eq!(claims.organization_id, Some(organization));
    assert!(claims.allows("cli") && !claims.allows("offline"));
    assert_eq!(claims.expires_at, now + Duration::minutes(5));
    assert!(verifier.verify(lease, "build-2", now).is_err(), "it is bound to its machine");
    assert!(verifier.verify(lease, "build-1", now + Duration::minutes(31)).is_err());
    let payload: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(lease.split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert!(payload["expirationDate"].is_i64() && payload["renewTime"].is_i64());

    // As after a lost answer: the same session again.
    let again = program.check_out().await;
    assert_eq!((again.status, &again.body["id"]), (200, &granted.body["id"]));
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], 1);

    server.forward(Duration::minutes(3));
    let id = granted.body["id"].as_i64().unwrap();
    assert_eq!(renew(ada, id).await.status, 200);
    server.forward(Duration::minutes(4));
    assert_eq!(renew(ada, id).await.status, 200, "a renewal lasts as long as a checkout");

    assert_eq!(release(ada, id).await.status, 204);
    assert_eq!(release(ada, id).await.status, 204, "a lost answer is asked for again");
    let ended = renew(ada, id).await;
    assert_eq!((ended.status, ended.code()), (410, "session_ended"));
    assert_eq!(product(&owner, organization, "KRE").await["available"], 5);
    server.stop().await;
});

on_both_databases!(a_missed_keep_alive_frees_the_seat, |server| {
    let (owner, organization, people) = crew(&server, 2).await;
    for number in 0..5 {
        let session = format!("s{number}");
        assert_eq!(engine(&people[0], organization, &session).check_out().await.status, 200);
    }
    let refused = engine(&people[1], organization, "other").check_out().await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"));
    assert!(refused.message().contains("p0@example.com on host-s0 since"), "{}", refused.message());

    server.forward(Duration::minutes(31));
    let granted = engine(&people[1], organization, "other").check_out().await;
    assert_eq!(granted.status, 200, "{}", granted.body);
    assert_eq!(product(&owner, organization, "KRE").await["in_use"], 1);
    // A program that only slept starts a new session.
    assert_eq!(engine(&people[0], organization, "s0").check_out().await.status, 200);
    server.stop().await;
});

on_both_databases!(a_person_works_on_one_machine_at_a_time, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    let studio = |machine, session| Program { caller: ada, organization, package: "KSE", machine, session };
    let refused = studio("desk", "1").check_out().await;
    assert_eq!((refused.status, refused.code()), (403, "not_licensed"), "{}", refused.body);
    assign(&owner, organization, "KSE", &[&ada.email]).await;

    let first = studio("desk", "1").check_out().await;
    let second = studio("desk", "2").check_out().await;
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(product(&owner, organization, "KSE").await["in_use"], 1, "two windows share a seat");
    // The window that took the seat closes; the other window keeps it.
    assert_eq!(release(ada, first.body["id"].as_i64().unwrap()).await.status, 204);
    assert_eq!(product(&owner, organization, "KSE").await["in_use"], 1);

    let moved = studio("laptop", "3").check_out().await;
    assert_eq!(moved.status, 200, "{}", moved.body);
    assert_eq!(product(&owner, organization, "KSE").await["in_use"], 1);
    let old = renew(ada, second.body["id"].as_i64().unwrap()).await;
    assert_eq!((old.status, old.code()), (410, "session_ended"));
    assert!(old.message().contains("another machine"), "{}", old.message());
    // The old program must not take it back by itself; a person who restarts the program may.
    assert_eq!(studio("desk", "2").check_out().await.status, 410);
    assert_eq!(studio("desk", "4").check_out().await.status, 200);
    server.stop().await;
});

on_both_databases!(what_is_borrowed_needs_no_keep_alive, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    let ada = &people[0];
    assign(&owner, organization, "KSE", &[&ada.email]).await;
    let laptop = Program { caller: ada, organization, package: "KSE", machine: "laptop", session: "1" };
    assert_eq!(laptop.check_out_with("borrow_days", json!(31)).await.status, 422);
    let borrowed = laptop.check_out_with("borrow_days", json!(10)).await;
    assert_eq!((borrowed.status, &borrowed.body["kind"]), (200, &json!("borrowed")));
    server.forward(Duration::days(6));
    assert_eq!(product(&owner, organization, "KSE").await["in_use"], 1);
    let desk = Program { machine: "desk", session: "2", ..laptop };
    let refused = desk.check_out().await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"), "it is on the laptop");
    // Returned early.
    assert_eq!(release(ada, borrowed.body["id"].as_i64().unwrap()).await.status, 204);
    assert_eq!(desk.check_out().await.status, 200);
    server.stop().await;
});

on_both_databases!(teams_keep_their_reserved_seats_free, |server| {
    let (owner, organization, people) = crew(&server, 2).await;
    let team = owner
        .create(&format!("/api/v2/organizations/{organization}/teams"), &json!({ "name": "Nightly" }))
        .await;
    server.join(people[1].id, team, "member").await;
    let settings = format!("/api/v2/organizations/{organization}/licenses/KRE/settings");
    let reserve = json!({ "idle_minutes": null, "assigned_only": false,
                          "reservations": [{ "team_id": team, "seats": 2 }] });
    assert_eq!(owner.put(&settings, &reserve).await.status, 200);
    for session in ["1", "2", "3"] {
        assert_eq!(engine(&people[0], organization, session).check_out().await.status, 200);
    }
    let refused = engine(&people[0], organization, "4").check_out().await;
    assert_eq!(refused.code(), "no_seat");
    assert!(refused.message().contains("reserved for teams"), "{}", refused.message());
    let nightly = engine(&people[1], organization, "5").check_out().await;
    assert_eq!(nightly.status, 200, "{}", nightly.body);
    assert_eq!(owner.get(&settings).await.body["reservations"][0]["in_use"], 1);
    assert_eq!(release(&people[1], nightly.body["id"].as_i64().unwrap()).await.status, 204);
    assert_eq!(owner.get(&settings).await.body["reservations"][0]["in_use"], 0);
    server.stop().await;
});

/// An organization's Admin can reserve seats for the own teams, but only the account can limit the other organizations'
/// shares.
async fn reserves_all(server: &TestServer, share: Option<i64>) -> (Caller, [i64; 2], Vec<Person>) {
    let (owner, first, people) = crew(server, 2).await;
    let second = owner.organization("Linkers").await;
    server.join(people[1].id, second, "member").await;
    let team =
        owner.create(&format!("/api/v2/organizations/{first}/teams"), &json!({ "name": "Nightly" })).await;
    if let Some(seats) = share {
        let path = format!("/api/v2/accounts/1/licenses/KRE/shares/{first}");
        assert_eq!(owner.put(&path, &json!({ "seats": seats })).await.status, 204);
    }
    let settings = format!("/api/v2/organizations/{first}/licenses/KRE/settings");
    let reserve = |seats: i64| {
        json!({ "idle_minutes": null, "assigned_only": false,
                "reservations": [{ "team_id": team, "seats": seats }] })
    };
    let too_many = owner.put(&settings, &reserve(share.unwrap_or(5) + 1)).await;
    assert_eq!(too_many.status, 422, "{}", too_many.body);
    assert!(too_many.message().contains("Reserve at most"), "{}", too_many.message());
    assert_eq!(owner.put(&settings, &reserve(share.unwrap_or(5))).await.status, 200);
    (owner, [first, second], people)
}

on_both_databases!(reservations_without_a_share_keep_nothing_from_others, |server| {
    let (_owner, [first, second], people) = reserves_all(&server, None).await;
    let refused = engine(&people[0], first, "1").check_out().await;
    assert!(refused.message().contains("reserved for teams"), "{}", refused.message());
    for session in ["1", "2", "3", "4", "5"] {
        assert_eq!(engine(&people[1], second, session).check_out().await.status, 200);
    }
    server.stop().await;
});

on_both_databases!(reservations_of_a_share_are_kept_from_others, |server| {
    let (owner, [_, second], people) = reserves_all(&server, Some(3)).await;
    for session in ["1", "2"] {
        assert_eq!(engine(&people[1], second, session).check_out().await.status, 200);
    }
    let refused = engine(&people[1], second, "3").check_out().await;
    assert_eq!(refused.code(), "no_seat");
    assert!(refused.message().contains("kept for other organizations"), "{}", refused.message());
    // More seats in the pool would not have helped.
    let usage = owner.get(&format!("/api/v2/organizations/{second}/licenses/KRE/usage?days=30")).await;
    assert_eq!(usage.body["forecast"], json!([]), "{}", usage.body);
    server.stop().await;
});

on_both_databases!(an_idle_session_ends_when_the_organization_says_so, |server| {
    let (owner, organization, people) = crew(&server, 1).await;
    let session = engine(&people[0], organization, "1").check_out().await;
    let id = session.body["id"].as_i64().unwrap();
    let idle = |seconds: i64| {
        let body = json!({ "idle_seconds": seconds });
        let caller = &people[0];
        async move { caller.post(&format!("/api/v2/leases/{id}/renew"), &body).await }
    };
    assert_eq!(idle(36_000).await.status, 200, "off by default");
    let settings = format!("/api/v2/organizations/{organization}/licenses/KRE/settings");
    let body = json!({ "idle_minutes": 10, "assigned_only": false, "reservations": [] });
    assert_eq!(owner.put(&settings, &body).await.status, 200);
    let renewed = idle(60).await;
    assert_eq!(renewed.status, 200);
    let until = server.clock.now() + Duration::minutes(5);
    assert_eq!(
        renewed.body["expires_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(),
        until
    );
    let ended = idle(600).await;
    assert_eq!((ended.status, ended.code()), (410, "session_ended"));
    assert!(ended.message().contains("idle"), "{}", ended.message());
    server.stop().await;
});

on_both_databases!(a_lowered_quota_lets_nobody_new_in, |server| {
    server.activate().await;
    server.set_up_account().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let ada = server.person_in(organization, "p0@example.com", "member").await;
    let mut ids = Vec::new();
    for session in ["1", "2", "3"] {
        ids.push(engine(&ada, organization, session).check_out().await.body["id"].as_i64().unwrap());
    }
    let first = owner.get("/api/v2/accounts/1/licenses").await.body["files"][0]["license_id"].clone();
    let renewal = server.license(|terms| {
        terms.renews = vec![first.as_str().unwrap().parse().unwrap()];
        terms.products.get_mut(&testkeep_domain::license::Product::Kre).unwrap().quota = 2;
    });
    let imported = owner.send(owner.request("POST", "/api/v2/activation").body(renewal)).await;
    assert_eq!(imported.status, 200, "{}", imported.body);
    let shown = product(&owner, organization, "KRE").await;
    assert_eq!(
        (&shown["subscribed"], &shown["in_use"], &shown["over_quota"]),
        (&json!(2), &json!(3), &json!(true))
    );
    assert_eq!(renew(&ada, ids[0]).await.status, 200, "who has a seat keeps it");
    assert_eq!(engine(&ada, organization, "4").check_out().await.code(), "no_seat");
    assert_eq!(release(&ada, ids[0]).await.status, 204);
    assert_eq!(engine(&ada, organization, "4").check_out().await.code(), "no_seat");
    assert_eq!(release(&ada, ids[1]).await.status, 204);
    assert_eq!(engine(&ada, organization, "4").check_out().await.status, 200);
    server.stop().await;
});
