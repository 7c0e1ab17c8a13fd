//! Teams: create, rename, delete, and who sees them.

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller};
use testkeep_tests::on_both_databases;

/// A scope and a role in it.
type RoleAt = (i64, &'static str);

fn teams_of(organization: i64) -> String {
    format!("/api/v2/organizations/{organization}/teams")
}

async fn team(caller: &Caller, organization: i64, name: &str) -> i64 {
    caller.create(&teams_of(organization), &json!({ "name": name })).await
}

/// Status codes of a caller's attempts on a team: read, rename, add a person, delete.
async fn reach(caller: &Caller, id: i64, user: i64) -> [u16; 4] {
    let path = format!("/api/v2/teams/{id}");
    [
        caller.get(&path).await.status,
        caller.patch(&path, &json!({ "name": "Parsers" })).await.status,
        caller.post(&format!("{path}/users"), &json!({ "user_ids": [user] })).await.status,
        // With the wrong name, so that the team is not deleted.
        caller.delete(&format!("{path}?confirm=no")).await.status,
    ]
}

fn refused_field(answer: &Answer, field: &str) -> String {
    assert_eq!((answer.status, answer.code()), (422, "invalid"), "{}", answer.body);
    answer.body["error"]["fields"][field].as_str().unwrap_or_default().to_owned()
}

on_both_databases!(a_team_lives_from_creation_to_deletion, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let created = owner.post(&teams_of(organization), &json!({ "name": "  Parsers " })).await;
    assert_eq!((created.status, &created.body["name"]), (201, &json!("Parsers")));
    assert_eq!(created.body["role"], "owner", "whoever creates it owns it");
    assert_eq!((&created.body["user_count"], &created.body["project_count"]), (&json!(1), &json!(0)));
    assert!(created.body["actions"].as_array().unwrap().contains(&json!("delete_team")));
    let path = format!("/api/v2/teams/{}", created.body["id"]);
    assert_eq!(owner.get(&path).await.body, created.body);

    team(&owner, organization, "Linkers").await;
    for name in ["LINKERS", "", "a\u{0}b", &"x".repeat(101)] {
        let refused = owner.patch(&path, &json!({ "name": name })).await;
        assert!(!refused_field(&refused, "name").is_empty(), "{name:?}");
    }
    let again = owner.post(&teams_of(organization), &json!({ "name": "linkers" })).await;
    assert_eq!(refused_field(&again, "name"), "Another team here has this name. Choose another.");
    assert_eq!(owner.patch(&path, &json!({ "name": "PARSERS" })).await.body["name"], "PARSERS");

    let projects = format!("/api/v2/organizations/{organization}/projects");
    let mut gone = Vec::new();
    for name in ["Lexer", "Grammar"] {
        let body = json!({ "name": name, "team_id": created.body["id"] });
        gone.push(owner.create(&projects, &body).await);
    }
    owner.create(&projects, &json!({ "name": "Stays" })).await;
    assert_eq!(owner.get(&path).await.body["project_count"], 2);
    for confirm in ["", "Parsers"] {
        let refused = owner.delete(&format!("{path}?confirm={confirm}")).await;
        assert!(refused_field(&refused, "confirm").contains("PARSERS"));
    }
    assert_eq!(owner.delete(&format!("{path}?confirm=PARSERS")).await.status, 204);
    assert_eq!(owner.get(&path).await.status, 404);
    for id in gone {
        assert_eq!(owner.get(&format!("/api/v2/projects/{id}")).await.status, 404);
    }
    assert_eq!(owner.column(&projects, "name").await, ["Stays"]);
    let log =
        owner.get(&format!("/api/v2/organizations/{organization}/audit-events?action=delete_team")).await;
    assert_eq!(
        (&log.body["total"], &log.body["items"][0]["details"]),
        (&json!(1), &json!({ "projects": 2 }))
    );
    assert_eq!(log.body["items"][0]["target_name"], "PARSERS");
    server.stop().await;
});

on_both_databases!(each_role_reaches_a_team_as_far_as_the_table_says, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let elsewhere = owner.organization("Elsewhere").await;
    let id = team(&owner, organization, "Parsers").await;
    let colleague = server.account_of("colleague@example.com").await;
    server.join(colleague, organization, "member").await;
    assert_eq!(reach(&server.anonymous(), id, colleague).await, [401; 4]);
    let cases: [(&str, &[RoleAt], [u16; 4]); 10] = [
        ("stranger", &[], [404; 4]),
        ("billing", &[(1, "billing_manager")], [404; 4]),
        ("neighbor", &[(elsewhere, "owner")], [404; 4]),
        ("plain", &[(organization, "member")], [404; 4]),
        ("member", &[(organization, "member"), (id, "member")], [200, 403, 403, 403]),
        ("lead", &[(organization, "member"), (id, "admin")], [200, 200, 200, 403]),
        ("head", &[(organization, "member"), (id, "owner")], [200, 200, 200, 422]),
        ("boss", &[(organization, "admin")], [200, 200, 200, 422]),
        ("founder", &[(organization, "owner")], [200, 200, 200, 422]),
        ("administrator", &[(1, "admin")], [200, 200, 200, 422]),
    ];
    for (name, roles, expected) in cases {
        let person = server.person(&format!("{name}@example.com")).await;
        for (place, role) in roles {
            server.join(person.id, *place, role).await;
        }
        assert_eq!(reach(&person, id, colleague).await, expected, "{name}");
        let creates = person.post(&teams_of(organization), &json!({ "name": format!("Of {name}") })).await;
        let may = matches!(name, "boss" | "founder" | "administrator");
        // The Billing Manager sees every organization; a stranger and a neighbor see nothing here.
        let hidden = matches!(name, "stranger" | "neighbor");
        assert_eq!(
            creates.status,
            if may {
                201
            } else if hidden {
                404
            } else {
                403
            },
            "{name}"
        );
    }
    server.stop().await;
});

on_both_databases!(a_list_shows_the_teams_one_may_see, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let mut ids = Vec::new();
    for name in ["Parsers", "linkers", "Code_gen"] {
        server.forward(chrono::Duration::minutes(1));
        ids.push(team(&owner, organization, name).await);
    }
    let other = owner.organization("Elsewhere").await;
    team(&owner, other, "Hidden").await;
    let path = teams_of(organization);
    assert_eq!(owner.column(&path, "name").await, ["Code_gen", "linkers", "Parsers"]);
    assert_eq!(owner.column(&format!("{path}?order=desc"), "name").await, ["Parsers", "linkers", "Code_gen"]);
    assert_eq!(
        owner.column(&format!("{path}?sort=created_at"), "name").await,
        ["Parsers", "linkers", "Code_gen"]
    );
    assert_eq!(owner.column(&format!("{path}?search=E_G"), "name").await, ["Code_gen"]);
    let member = server.person_in(organization, "member@example.com", "member").await;
    assert_eq!(member.column(&path, "name").await, Vec::<String>::new());
    server.join(member.id, ids[1], "admin").await;
    assert_eq!(owner.column(&format!("{path}?sort=user_count&order=desc"), "name").await[0], "linkers");
    let page = owner.get(&format!("{path}?page=2&page_size=1")).await.body;
    assert_eq!((&page["total"], &page["items"][0]["name"]), (&json!(3), &json!("linkers")));

    let seen = member.get(&path).await.body;
    assert_eq!((&seen["total"], &seen["items"][0]["role"]), (&json!(1), &json!("admin")));
    let single = member.get(&format!("/api/v2/teams/{}", ids[1])).await.body;
    assert_eq!(seen["items"][0], single, "list and single answer say the same");
    let rows = owner.get(&path).await.body;
    assert_eq!(rows["items"][0], owner.get(&format!("/api/v2/teams/{}", ids[2])).await.body);
    for wrong in ["sort=role", "page=0", "search=%00"] {
        assert_eq!(owner.get(&format!("{path}?{wrong}")).await.status, 422, "{wrong}");
    }
    server.stop().await;
});

on_both_databases!(an_organization_closed_to_passwords_closes_its_teams, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let id = team(&owner, organization, "Parsers").await;
    let member = server.person_in(organization, "member@example.com", "member").await;
    let admin = server.person_in(organization, "admin@example.com", "member").await;
    server.join(admin.id, 1, "admin").await;
    for person in [&member, &admin] {
        server.join(person.id, id, "owner").await;
        let path = format!("/api/v2/organizations/{organization}/users/{}", person.id);
        assert_eq!(owner.patch(&path, &json!({ "password_sign_in": false })).await.status, 200);
    }
    for path in [teams_of(organization), format!("/api/v2/teams/{id}")] {
        assert_eq!(member.get(&path).await.code(), "forbidden", "{path}");
    }
    let row = admin.get(&teams_of(organization)).await.body["items"][0].clone();
    assert_eq!(row["role"], Value::Null, "the account's role opens it, the team's does not count");
    assert_eq!(row, admin.get(&format!("/api/v2/teams/{id}")).await.body);
    server.stop().await;
});

on_both_databases!(no_team_where_teams_are_off, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let settings = format!("/api/v2/organizations/{organization}");
    let id = team(&owner, organization, "Parsers").await;
    assert_eq!(owner.patch(&settings, &json!({ "teams_enabled": false })).await.status, 422);
    assert_eq!(owner.get(&settings).await.body["teams_enabled"], true, "refused means unchanged");
    assert_eq!(owner.delete(&format!("/api/v2/teams/{id}?confirm=Parsers")).await.status, 204);
    assert_eq!(owner.patch(&settings, &json!({ "teams_enabled": false })).await.status, 200);
    let refused = owner.post(&teams_of(organization), &json!({ "name": "Parsers" })).await;
    assert_eq!((refused.status, refused.code()), (409, "conflict"));
    assert!(refused.message().contains("Switch them on in its settings"), "{}", refused.message());
    assert_eq!(owner.patch(&settings, &json!({ "teams_enabled": true })).await.status, 200);
    team(&owner, organization, "Parsers").await;
    server.stop().await;
});

on_both_databases!(teams_go_off_or_a_team_comes_never_both, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let settings = format!("/api/v2/organizations/{organization}");
    let teams = teams_of(organization);
    for round in 0..10 {
        let name = json!({ "name": format!("Team {round}") });
        let off = json!({ "teams_enabled": false });
        let (switched, created) = tokio::join!(owner.patch(&settings, &off), owner.post(&teams, &name));
        assert!(
            matches!((switched.status, created.status), (200, 409) | (422, 201)),
            "round {round}: {} and {}",
            switched.status,
            created.status
        );
        assert_eq!(owner.patch(&settings, &json!({ "teams_enabled": true })).await.status, 200);
        if created.status == 201 {
            let path = format!("/api/v2/teams/{}?confirm=Team%20{round}", created.body["id"]);
            assert_eq!(owner.delete(&path).await.status, 204);
        }
    }
    server.stop().await;
});

on_both_databases!(whoever_is_outside_the_organization_creates_without_joining, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let admin = server.person_in(1, "admin@example.com", "admin").await;
    let created = admin.post(&teams_of(organization), &json!({ "name": "Parsers" })).await;
    assert_eq!((&created.body["role"], &created.body["user_count"]), (&Value::Null, &json!(0)));
    assert!(created.body["actions"].as_array().unwrap().contains(&json!("add_team_user")));
    let users = format!("/api/v2/teams/{}/users", created.body["id"]);
    assert_eq!(admin.post(&users, &json!({ "user_ids": [admin.id] })).await.status, 422);
    server.stop().await;
});
