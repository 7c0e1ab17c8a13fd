//! `DELETE /api/v1/machine`: the machine's registration is freed, other machines stay.

use testkeep_tests::on_both_databases;

use crate::program::{Program, api_key, assign, live_sessions, refused};

on_both_databases!(frees_the_machine_and_its_seat, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    assign(&owner, id, "KSE", &["grace@example.com"]).await;
    let machines = async || {
        owner.get(&format!("/api/v2/organizations/{id}/licenses/KSE/machines")).await.body["total"].clone()
    };
    let studio = Program::studio(&server, &grace.email);
    studio.license().await;
    assert_eq!((machines().await, live_sessions(&owner, id, "KSE").await), (1.into(), 1));
    let answer = studio.deactivate().await;
    assert_eq!((answer.status, answer.body), (200, serde_json::json!({})));
    assert_eq!((machines().await, live_sessions(&owner, id, "KSE").await), (0.into(), 0));
    assert_eq!(studio.deactivate().await.status, 200, "done is done");
    studio.license().await;
    assert_eq!(machines().await, 1, "activated again by the same program");
    server.stop().await;
});

on_both_databases!(leaves_others_machines_alone, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let engine = Program::engine(&server, &api_key(&owner).await);
    engine.license().await;
    let foreign = Program::engine(&server, &api_key(&grace).await);
    assert_eq!(foreign.deactivate().await.status, 200);
    assert_eq!(foreign.release().await.status, 200);
    assert_eq!(live_sessions(&owner, id, "KRE").await, 1);
    let machines = owner.get(&format!("/api/v2/organizations/{id}/licenses/KRE/machines")).await;
    assert_eq!(machines.body["total"], 1);
    server.stop().await;
});

on_both_databases!(what_an_admin_removed_reads_so, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let engine = Program::engine(&server, &api_key(&grace).await);
    engine.license().await;
    let path = format!("/api/v2/organizations/{id}/licenses/KRE/machines");
    let machine = owner.get(&path).await.body["items"][0]["id"].as_i64().unwrap();
    assert_eq!(owner.delete(&format!("{path}/{machine}")).await.status, 204);
    let words = refused(&engine.activate().await, 410);
    assert!(words.contains("removed by ada@example.com"), "{words}");
    engine.again(0xA, "started-anew").license().await;
    server.stop().await;
});
