//! Studio's window: sequence 2.1 and the later requests of 2.6.

use chrono::Duration;
use testkeep_tests::on_both_databases;

use crate::lease::verified;
use crate::program::{Program, assert_no_nulls, assign, live_sessions, refused};

on_both_databases!(activates_keeps_alive_and_gives_back, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    assign(&owner, id, "KSE", &["grace@example.com"]).await;
    let studio = Program::studio(&server, &grace.email);
    let info = studio.send(studio.request("GET", "/info")).await;
    assert_eq!((info.status, info.body["profiles"]["active"][0].as_str()), (200, Some("on-premise")));
    let first = studio.license().await;
    assert_eq!(first["organization"]["id"], id);
    let organization = studio.call("GET", &format!("/api/v1/organizations/{id}"), &[]).await;
    assert_eq!(organization.status, 200);
    assert_eq!(organization.body, first["organization"]);
    let me = studio.call("GET", "/api/v1/users/me", &[]).await;
    assert_no_nulls(&me.body);
    assert_eq!(me.body["email"], "grace@example.com");
    assert_eq!(me.body["organizations"], serde_json::json!([{ "id": id, "name": "Ducks", "role": "USER" }]));
    // For two hours only keep-alives are sent; the seat stays the same.
    for _ in 0..24 {
        server.forward(Duration::minutes(5));
        let next = studio.license().await;
        assert_eq!(next["id"], first["id"]);
        let claims = verified(next["value"].as_str().unwrap());
        assert_eq!(claims["expirationDate"].as_i64().unwrap() - server.clock.now().timestamp(), 1800);
    }
    let owner = server.owner().await;
    assert_eq!(live_sessions(&owner, id, "KSE").await, 1);
    let released = studio.release().await;
    assert_eq!((released.status, released.body), (200, serde_json::json!({})));
    assert_eq!(live_sessions(&owner, id, "KSE").await, 0);
    assert_eq!(studio.release().await.status, 200, "nothing is held any more, which is fine");
    assert_eq!(studio.again(0xA, "a-new-session").license().await["organization"]["id"], id);
    server.stop().await;
});

on_both_databases!(another_machine_takes_over, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    assign(&owner, id, "KSE", &["grace@example.com"]).await;
    let office = Program::studio(&server, &grace.email);
    let home = office.again(0xB, "session-at-home");
    office.license().await;
    home.license().await;
    let words = refused(&office.activate().await, 410);
    assert!(words.contains("another machine"), "{words}");
    assert_eq!(live_sessions(&owner, id, "KSE").await, 1);
    home.license().await;
    assert_eq!(office.release().await.status, 200, "the old one still closes in peace");
    assert_eq!(live_sessions(&owner, id, "KSE").await, 1, "and takes nothing along");
    server.stop().await;
});

on_both_databases!(who_has_no_license_reads_why, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let studio = Program::studio(&server, &grace.email);
    let words = refused(&studio.activate().await, 403);
    assert!(words.contains("no KSE license") && words.contains("Ask an Owner"), "{words}");
    let stranger = server.person("eve@example.com").await;
    let words = refused(&Program::studio(&server, &stranger.email).activate().await, 403);
    assert!(words.contains("belong to no organization"), "{words}");
    server.stop().await;
});

on_both_databases!(the_about_dialog_gets_a_date, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Ducks").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let studio = Program::studio(&server, &grace.email);
    let organization = id.to_string();
    let ask = [("feature", "KSE"), ("organizationId", organization.as_str())];
    let path = "/api/v1/subscription/expiration";
    let end = studio.call("GET", path, &ask).await;
    assert_eq!(end.status, 200);
    assert_eq!(end.body, "2028-01-15T08:00:00.000+0000", "the license's end, as bare text");
    server.forward(Duration::days(400));
    assert_eq!(studio.call("GET", path, &ask).await.body, end.body, "over, and still a date");
    assert!(refused(&studio.call("GET", path, &[("feature", "TESTOPS")]).await, 400).contains("feature"));
    let foreign = [("feature", "KSE"), ("organizationId", "424242")];
    refused(&studio.call("GET", path, &foreign).await, 404);
    server.stop().await;
});
