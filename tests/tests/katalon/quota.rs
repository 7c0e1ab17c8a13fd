//! When all seats are taken, a refusal names the people who hold them.

use std::collections::BTreeMap;

use chrono::Duration;
use testkeep_domain::license::{Product, Quota};
use testkeep_tests::on_both_databases;

use crate::program::{Program, api_key, refused};

on_both_databases!(a_full_pool_names_its_holders, |server| {
    let file = server.license(|terms| {
        let engines = Quota { quota: 1, machine_quota: 2 };
        terms.products = BTreeMap::from([(Product::Kre, engines)]);
    });
    assert_eq!(server.import(file).await.status(), 200);
    server.set_up_account().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let first = Program::engine(&server, &api_key(&grace).await);
    let second = Program::engine(&server, &api_key(&owner).await).again(0xB, "second");
    first.license().await;
    let words = refused(&second.activate().await, 409);
    assert!(words.contains("All 1 KRE licenses are in use"), "{words}");
    assert!(words.contains("grace@example.com on build-agent-7"), "{words}");
    first.release().await;
    second.license().await;
    second.release().await;
    let third = first.again(0xC, "third");
    let words = refused(&third.activate().await, 409);
    assert!(words.contains("machine quota is used up"), "{words}");
    // A person who never had a license gets a refusal with a message, not null.
    let about = first.call("GET", "/api/v1/subscription/expiration", &[("feature", "KSE")]).await;
    assert!(refused(&about, 404).contains("no KSE license"));
    server.stop().await;
});

// Existing clients send a keep-alive every few minutes and expect that half an hour of silence ends a session.
on_both_databases!(a_silent_client_loses_its_seat_after_half_an_hour, |server| {
    let file = server.license(|terms| {
        let engines = Quota { quota: 1, machine_quota: 9 };
        terms.products = BTreeMap::from([(Product::Kre, engines)]);
    });
    assert_eq!(server.import(file).await.status(), 200);
    server.set_up_account().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let first = Program::engine(&server, &api_key(&grace).await);
    let second = Program::engine(&server, &api_key(&owner).await).again(0xB, "second");
    first.license().await;
    server.forward(Duration::minutes(30) - Duration::milliseconds(1));
    refused(&second.activate().await, 409);
    server.forward(Duration::milliseconds(1));
    second.license().await;
    refused(&first.activate().await, 409);
    server.stop().await;
});
