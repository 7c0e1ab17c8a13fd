//! What sessions, API keys and cookies are not valid for, on every operation of the document.

use serde_json::json;
use testkeep_domain::permission::Role;
use testkeep_tests::api::Caller;
use testkeep_tests::on_both_databases;

use super::case::{Needs, Operation, Target};
use super::place::Place;
use super::rows::rows_of;
use super::table::operations;
use super::world::{Credential, Somebody, World};

/// Endpoints that need no session; they ignore cookies.
const DOORS: [&str; 6] = [
    "POST /api/v2/sessions",
    "POST /api/v2/default-account",
    "POST /api/v2/password-resets",
    "POST /api/v2/password-resets/look",
    "POST /api/v2/password-resets/password",
    "POST /api/v2/sign-in-links/follow",
];

/// The same person with a session and with an API key.
async fn person_with_both(world: &mut World) -> [Somebody; 2] {
    let roles =
        [(Place::Account, Role::Admin), (Place::Organization, Role::Admin), (Place::Team, Role::Owner)];
    let by_session = world.person("leaving", &roles, Credential::Session).await;
    let mut tx = world.begin().await;
    let token = world.create_api_key(&mut tx, by_session.user_id).await.0;
    tx.commit().await.unwrap();
    let by_key = Somebody { credential: Credential::ApiKey, token, ..by_session.clone() };
    [by_session, by_key]
}

/// The first case of an operation, as path and body.
async fn request(
    world: &mut World,
    operation: &Operation,
    who: &Somebody,
) -> (String, Option<serde_json::Value>) {
    let case = &operation.cases[0];
    let target = match case.target {
        Target::There(None) => Target::There(Some(Role::Member)),
        one => one,
    };
    let ids = world.ids(false, case, target, who).await;
    (case.path(operation, &ids), case.body_of(&ids))
}

on_both_databases!(who_is_removed_is_nobody_at_once, |server| {
    let mut world = World::build(server).await;
    let owner = world.server.owner().await;
    let both = person_with_both(&mut world).await;
    let bystander =
        world.person("bystander", &[(Place::Organization, Role::Admin)], Credential::Session).await;
    for who in &both {
        assert_eq!(world.send("GET", "/api/v2/me", None, who).await.status, 200);
    }
    let path = format!("/api/v2/accounts/1/users/{}", both[0].user_id);
    assert_eq!(owner.delete(&path).await.status, 204);
    for operation in operations() {
        if matches!(operation.cases[0].needs, Needs::Nothing) {
            continue;
        }
        let (path, body) = request(&mut world, &operation, &bystander).await;
        for who in &both {
            let answer = world.send(operation.method(), &path, body.clone(), who).await;
            let title = format!("{} by {:?}", operation.name, who.credential);
            assert_eq!((answer.status, answer.code()), (401, "unauthorized"), "{title}");
        }
    }
    world.server.stop().await;
});

on_both_databases!(who_leaves_an_organization_sees_nothing_of_it_at_once, |server| {
    let mut world = World::build(server).await;
    let owner = world.server.owner().await;
    let roles =
        [(Place::Organization, Role::Admin), (Place::Team, Role::Owner), (Place::Project, Role::Owner)];
    let who = world.person("leaving", &roles, Credential::Session).await;
    let places: Vec<_> = Place::ALL.into_iter().filter(|place| *place != Place::Account).collect();
    let paths: Vec<_> = places
        .iter()
        .map(|place| format!("/api/v2/{}/{}", place.segment(), world.ours.places[place]))
        .collect();
    for path in &paths {
        assert_eq!(world.send("GET", path, None, &who).await.status, 200, "{path}");
    }
    assert_eq!(owner.delete(&format!("{}/users/{}", paths[0], who.user_id)).await.status, 204);
    for path in &paths {
        assert_eq!(world.send("GET", path, None, &who).await.status, 404, "{path}");
    }
    assert_eq!(world.send("GET", "/api/v2/me", None, &who).await.status, 200);
    world.server.stop().await;
});

on_both_databases!(another_site_cannot_write_anything, |server| {
    let mut world = World::build(server).await;
    let browser = world.server.browser().await;
    let who = world.person("bystander", &[(Place::Organization, Role::Admin)], Credential::Session).await;
    let writes: Vec<_> = operations().into_iter().filter(Operation::is_write).collect();
    for operation in writes.iter().filter(|operation| !DOORS.contains(&operation.name)) {
        let (path, body) = request(&mut world, operation, &who).await;
        let before = rows(&world).await;
        for (header, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let request = browser.request(operation.method(), &path).header(header, value);
            let answer = browser.send(request.json(&body)).await;
            let title = format!("{} with {header}: {value}", operation.name);
            assert_eq!((answer.status, answer.code()), (403, "forbidden"), "{title}");
            assert!(answer.message().contains("another site"), "{title}: {}", answer.message());
        }
        assert_eq!(rows(&world).await, before, "{}", operation.name);
    }
    assert_eq!(browser.get("/api/v2/me").await.status, 200, "still signed in");
    doors_take_no_forms(&browser).await;
    world.server.stop().await;
});

async fn rows(world: &World) -> super::rows::Rows {
    rows_of(&world.server.app.db, world.ours.places[&Place::Organization], world.ours.name).await
}

/// A page of another site can send a form without the browser's preflight, but nothing else.
async fn doors_take_no_forms(browser: &Caller) {
    for door in DOORS {
        let (method, path) = door.split_once(' ').unwrap();
        for form in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let request = browser.request(method, path).header("origin", "https://evil.example");
            let body = json!({ "email": "ada@example.com", "password": "guess" }).to_string();
            let answer = browser.send(request.header("content-type", form).body(body)).await;
            assert_eq!((answer.status, answer.code()), (422, "invalid"), "{door} as {form}");
        }
    }
}
