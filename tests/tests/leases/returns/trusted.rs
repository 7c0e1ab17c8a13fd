//! Trusted returns: honest programs reuse a seat at once; a client that repeats returns is limited, shown and recorded.

use chrono::Duration;
use serde_json::json;
use testkeep_domain::license::Returns;
use testkeep_tests::api::Caller;
use testkeep_tests::on_both_databases;

use super::{Ask, crew_under, id, signed_until};
use crate::program::{assign, product, release, renew};

fn engine<'a>(organization: i64, machine: &'a str, session: &'a str) -> Ask<'a> {
    Ask { organization, package: "FLOATING_ENGINE", machine, host: machine, session, borrow_days: None }
}

fn studio<'a>(organization: i64, machine: &'a str, session: &'a str) -> Ask<'a> {
    Ask { package: "KSE", ..engine(organization, machine, session) }
}

/// A program with a copy of another machine's key.
fn copy_on<'a>(organization: i64, host: &'a str, session: &'a str) -> Ask<'a> {
    Ask { host, ..studio(organization, "copied", session) }
}

async fn actions(owner: &Caller, action: &str) -> Vec<serde_json::Value> {
    let answer = owner.get("/api/v2/accounts/1/audit-events?page_size=100").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let items = answer.body["items"].as_array().unwrap();
    items.iter().filter(|it| it["action"] == action).cloned().collect()
}

on_both_databases!(a_machine_that_repeats_it_is_limited_for_the_hour, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Trusted, [5, 10], 1).await;
    let ada = &people[0];
    for number in 0..120 {
        let granted = engine(organization, "agent", &format!("job-{number}")).by(ada).await;
        let lasts = signed_until(&granted.body["lease"]) - server.clock.now();
        assert!(lasts <= Duration::minutes(5), "{lasts}");
        assert_eq!(release(ada, id(&granted)).await.status, 204);
    }
    let shown = product(&owner, organization, "KRE").await;
    assert_eq!(
        (&shown["in_use"], &shown["held"], &shown["returned_early"], &shown["returns"]),
        (&json!(0), &json!(0), &json!(120), &json!("trusted"))
    );
    for number in 0..5 {
        let granted = engine(organization, "agent", &format!("more-{number}")).by(ada).await;
        assert_eq!(release(ada, id(&granted)).await.status, 204);
    }
    assert_eq!(product(&owner, organization, "KRE").await["held"], 5);
    assert_eq!(engine(organization, "agent", "last").by(ada).await.code(), "no_seat");
    let told = actions(&owner, "limit_license_returns").await;
    assert_eq!(told.len(), 1, "once in an hour: {told:?}");
    assert_eq!(told[0]["actor"], "p0@example.com");
    assert_eq!(told[0]["details"]["machine_key"], "agent");
    server.forward(Duration::minutes(5));
    assert_eq!(engine(organization, "agent", "last").by(ada).await.status, 200);
    server.stop().await;
});

on_both_databases!(containers_that_call_themselves_anew_are_limited_together, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Trusted, [2, 10], 1).await;
    let ada = &people[0];
    for number in 0..122 {
        let name = format!("container-{number}");
        let granted = engine(organization, &name, &name).by(ada).await;
        assert_eq!(release(ada, id(&granted)).await.status, 204);
    }
    assert_eq!(product(&owner, organization, "KRE").await["held"], 2, "60 for each seat");
    assert_eq!(engine(organization, "another", "another").by(ada).await.code(), "no_seat");
    server.stop().await;
});

on_both_databases!(a_borrowed_seat_comes_back_early_twice_a_month, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Trusted, [10, 10], 2).await;
    let ada = &people[0];
    assign(&owner, organization, "KSE", &[&ada.email]).await;
    for number in 0..3 {
        let session = format!("trip-{number}");
        let machine = format!("laptop-{number}");
        let laptop = Ask { borrow_days: Some(10), ..studio(organization, &machine, &session) };
        let borrowed = laptop.by(ada).await;
        assert_eq!(release(ada, id(&borrowed)).await.status, 204);
    }
    let shown = product(&owner, organization, "KSE").await;
    assert_eq!((&shown["in_use"], &shown["held"]), (&json!(1), &json!(1)));
    let told = actions(&owner, "return_borrowed_license").await;
    let free: Vec<_> = told.iter().map(|it| it["details"]["seat_is_free"].as_bool().unwrap()).collect();
    assert_eq!(free.iter().filter(|free| **free).count(), 2, "{told:?}");
    // The person continues on the machine where the seat counts, and takes a second seat on another.
    assert_eq!(studio(organization, "laptop-2", "here").by(ada).await.status, 200);
    assert_eq!(product(&owner, organization, "KSE").await["in_use"], 1);
    assert_eq!(studio(organization, "desk", "there").by(ada).await.status, 200);
    assert_eq!(product(&owner, organization, "KSE").await["in_use"], 2);
    server.forward(Duration::days(11));
    server.stop().await;
});

on_both_databases!(whatever_ends_a_borrowed_session_its_seat_counts, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Trusted, [4, 10], 4).await;
    let emails: Vec<_> = people.iter().map(|it| &*it.email).collect();
    assign(&owner, organization, "KSE", &emails[..3]).await;
    for (number, person) in people.iter().take(3).enumerate() {
        let machine = format!("laptop-{number}");
        let laptop = Ask { borrow_days: Some(10), ..studio(organization, &machine, "trip") };
        assert_eq!(laptop.by(person).await.status, 200);
    }
    let path = |rest: &str| format!("/api/v2/organizations/{organization}/{rest}");
    let transfer = path(&format!("licenses/KSE/users/{}/transfer", people[0].id));
    assert_eq!(owner.post(&transfer, &json!({ "email": people[3].email })).await.status, 204);
    assert_eq!(owner.delete(&path(&format!("users/{}", people[1].id))).await.status, 204);
    let machines = owner.get(&path("licenses/KSE/machines?search=laptop-2")).await;
    let machine = machines.body["items"][0]["id"].clone();
    assert_eq!(owner.delete(&path(&format!("licenses/KSE/machines/{machine}"))).await.status, 204);
    let shown = product(&owner, organization, "KSE").await;
    assert_eq!((&shown["in_use"], &shown["held"]), (&json!(3), &json!(3)));
    assert_eq!(studio(organization, "desk", "new").by(&people[3]).await.status, 200, "the fourth seat");
    let refused = studio(organization, "desk-2", "new").by(&people[2]).await;
    assert_eq!(refused.code(), "no_seat");
    assert!(refused.message().contains("3 were given back"), "{}", refused.message());

    let whole = path("?confirm=Compilers").replace("/?", "?");
    let refused = owner.delete(&whole).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict"), "{}", refused.body);
    assert!(refused.message().contains("Delete it after"), "{}", refused.message());
    server.forward(Duration::days(10));
    let owner = server.owner().await;
    assert_eq!(owner.delete(&whole).await.status, 204);
    let other = owner.organization("Linkers").await;
    assert_eq!(product(&owner, other, "KSE").await["in_use_elsewhere"], 0);
    server.stop().await;
});

on_both_databases!(a_machines_key_on_several_hosts_is_several_machines, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Trusted, [30, 30], 1).await;
    let ada = &people[0];
    assign(&owner, organization, "KSE", &[&ada.email]).await;
    let first = id(&copy_on(organization, "desk", "0").by(ada).await);
    assert_eq!(
        copy_on(organization, "DESK.example.com", "1").by(ada).await.status,
        200,
        "the network changed, not the machine"
    );
    let mut last = 0;
    for number in 0..20 {
        let (host, session) = (format!("clone-{number}"), format!("clone-{number}"));
        last = id(&copy_on(organization, &host, &session).by(ada).await);
    }
    let ended = renew(ada, first).await;
    assert_eq!((ended.status, ended.code()), (410, "session_ended"), "{}", ended.body);
    let live = ada.get("/api/v2/leases").await.body["items"].as_array().unwrap().len();
    assert_eq!(live, 1, "a person works on one machine at a time");

    // The same session on another host is not a repeated request after a lost answer.
    let moved = id(&copy_on(organization, "clone-20", "clone-19").by(ada).await);
    assert_ne!(moved, last);
    assert_eq!(renew(ada, last).await.status, 410);
    // For engines, each session has its own seat.
    let one = engine(organization, "agent", "job").by(ada).await;
    let copy = Ask { host: "elsewhere", ..engine(organization, "agent", "job") }.by(ada).await;
    assert_ne!(id(&one), id(&copy));
    assert_eq!(renew(ada, id(&one)).await.status, 410);
    server.stop().await;
});

on_both_databases!(ten_programs_share_a_seat_and_no_more, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Trusted, [30, 30], 1).await;
    let ada = &people[0];
    assign(&owner, organization, "KSE", &[&ada.email]).await;
    for number in 0..10 {
        assert_eq!(studio(organization, "desk", &number.to_string()).by(ada).await.status, 200);
    }
    assert_eq!(studio(organization, "desk", "eleventh").by(ada).await.code(), "no_seat");
    assert_eq!(product(&owner, organization, "KSE").await["in_use"], 1);
    server.stop().await;
});
