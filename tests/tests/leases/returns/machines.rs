//! Registrations of machines: they become free when unused, but only a limited number of times.

use chrono::Duration;
use testkeep_domain::license::Returns;
use testkeep_tests::on_both_databases;

use super::{Ask, crew_under};
use crate::program::product;

fn agent(organization: i64, machine: &str) -> Ask<'_> {
    Ask { organization, package: "ENGINE", machine, host: machine, session: machine, borrow_days: None }
}

on_both_databases!(a_place_comes_back_when_nobody_has_used_it_for_a_month, |server| {
    let (_owner, organization, people) = crew_under(&server, Returns::Trusted, [9, 2], 1).await;
    let key = crate::program::api_key(&server, &people[0]).await;
    assert_eq!(agent(organization, "agent-0").by(&key).await.status, 200);
    server.forward(Duration::days(10));
    assert_eq!(agent(organization, "agent-1").by(&key).await.status, 200);
    let refused = agent(organization, "agent-2").by(&key).await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"));
    let next = (server.clock.now() + Duration::days(20)).format("on %Y-%m-%d %H:%M UTC").to_string();
    assert!(refused.message().contains(&next), "{next}: {}", refused.message());
    server.forward(Duration::days(20));
    assert_eq!(agent(organization, "agent-2").by(&key).await.status, 200);
    assert_eq!(agent(organization, "agent-3").by(&key).await.code(), "no_seat", "the other was used later");
    server.stop().await;
});

on_both_databases!(removing_machines_frees_their_places_so_often, |server| {
    let (owner, organization, people) = crew_under(&server, Returns::Trusted, [9, 5], 1).await;
    let path = format!("/api/v2/organizations/{organization}/licenses/KRE/machines");
    for number in 0..5 {
        let machine = format!("agent-{number}");
        assert_eq!(agent(organization, &machine).by(&people[0]).await.status, 200);
    }
    let machines = owner.get(&path).await;
    for machine in machines.body["items"].as_array().unwrap() {
        assert_eq!(owner.delete(&format!("{path}/{}", machine["id"])).await.status, 204);
    }
    assert_eq!(owner.get(&path).await.body["total"], 0);
    assert_eq!(product(&owner, organization, "KRE").await["machines"], 3, "two came back");
    assert_eq!(agent(organization, "new-0").by(&people[0]).await.status, 200);
    assert_eq!(agent(organization, "new-1").by(&people[0]).await.status, 200);
    assert_eq!(agent(organization, "new-2").by(&people[0]).await.code(), "no_seat");
    // A removed machine that comes back uses its old registration.
    let again = Ask { session: "anew", ..agent(organization, "agent-4") }.by(&people[0]).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(product(&owner, organization, "KRE").await["machines"], 5);
    server.stop().await;
});
