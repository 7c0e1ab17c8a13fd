//! Projects: create, edit, move between teams, archive, delete, and who may do it.

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller};
use testkeep_tests::on_both_databases;

/// A scope and a role in it.
type RoleAt = (i64, &'static str);

fn projects_of(organization: i64) -> String {
    format!("/api/v2/organizations/{organization}/projects")
}

async fn team(caller: &Caller, organization: i64, name: &str) -> i64 {
    caller.create(&format!("/api/v2/organizations/{organization}/teams"), &json!({ "name": name })).await
}

async fn project(caller: &Caller, organization: i64, name: &str, team: Option<i64>) -> i64 {
    caller.create(&projects_of(organization), &json!({ "name": name, "team_id": team })).await
}

fn refused_field(answer: &Answer, field: &str) -> String {
    assert_eq!((answer.status, answer.code()), (422, "invalid"), "{}", answer.body);
    answer.body["error"]["fields"][field].as_str().unwrap_or_default().to_owned()
}

/// Status codes of a caller's attempts on a project: read, describe, add a person, delete.
async fn reach(caller: &Caller, id: i64, user: i64) -> [u16; 4] {
    let path = format!("/api/v2/projects/{id}");
    [
        caller.get(&path).await.status,
        caller.patch(&path, &json!({ "description": "Seen by many" })).await.status,
        caller.post(&format!("{path}/users"), &json!({ "user_ids": [user] })).await.status,
        // With the wrong name, so that the project is not deleted.
        caller.delete(&format!("{path}?confirm=no")).await.status,
    ]
}

on_both_databases!(a_project_lives_from_creation_to_deletion, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let team = team(&owner, organization, "Parsers").await;
    let body = json!({ "name": " Lexer ", "description": "One\r\ntwo\tthree\n", "team_id": team });
    let created = owner.post(&projects_of(organization), &body).await;
    assert_eq!(created.status, 201, "{}", created.body);
    let facts = [
        "name",
        "description",
        "organization_name",
        "team_id",
        "team_name",
        "role",
        "user_count",
        "archived_at",
    ];
    let found: Vec<Value> = facts.iter().map(|fact| created.body[*fact].clone()).collect();
    assert_eq!(
        Value::from(found),
        json!(["Lexer", "One\ntwo\tthree", "Compilers", team, "Parsers", "owner", 1, null])
    );
    let path = format!("/api/v2/projects/{}", created.body["id"]);
    assert_eq!(owner.get(&path).await.body, created.body);

    let changed = owner.patch(&path, &json!({ "name": "Scanner", "description": "" })).await.body;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Scanner"), &json!("")));
    assert_eq!(owner.patch(&path, &json!({})).await.body, changed);
    for (field, bad) in [
        ("name", json!("")),
        ("name", json!("x".repeat(101))),
        ("description", json!("x".repeat(2001))),
        ("description", json!("a\u{0}b")),
        ("description", json!("a\u{1b}[31m")),
        ("team_id", json!(999_999)),
        ("team_id", json!(-1)),
        ("team_id", json!(organization)),
    ] {
        let refused = owner.patch(&path, &json!({ field: bad })).await;
        assert!(!refused_field(&refused, field).is_empty(), "{field}: {bad}");
        let body = json!({ "name": "Another", field: bad });
        assert!(!refused_field(&owner.post(&projects_of(organization), &body).await, field).is_empty());
    }
    assert_eq!(owner.get(&path).await.body, changed, "a refused change changes nothing");

    for confirm in ["", "Lexer", "scanner"] {
        let refused = owner.delete(&format!("{path}?confirm={confirm}")).await;
        assert!(refused_field(&refused, "confirm").contains("Scanner"));
    }
    assert_eq!(owner.delete(&format!("{path}?confirm=Scanner")).await.status, 204);
    assert_eq!(owner.get(&path).await.status, 404);
    let log = format!("/api/v2/organizations/{organization}/audit-events?search=&page_size=3");
    let actions = owner.column(&log, "action").await;
    assert_eq!(
        actions,
        ["delete_project", "edit_project", "create_project"],
        "what changed nothing is not told"
    );
    server.stop().await;
});

on_both_databases!(names_are_told_apart_within_a_team, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let (parsers, linkers) =
        (team(&owner, organization, "Parsers").await, team(&owner, organization, "Linkers").await);
    let mut ids = Vec::new();
    for team in [Some(parsers), Some(linkers), None] {
        ids.push(project(&owner, organization, "Common", team).await);
        let again =
            owner.post(&projects_of(organization), &json!({ "name": "COMMON", "team_id": team })).await;
        assert_eq!(refused_field(&again, "name"), "Another project here has this name. Choose another.");
    }
    let path = format!("/api/v2/projects/{}", ids[0]);
    for target in [linkers, 0] {
        assert!(
            refused_field(&owner.patch(&path, &json!({ "team_id": target })).await, "name")
                .contains("Another")
        );
    }
    assert_eq!(owner.get(&path).await.body["team_id"], parsers);
    let moved = owner.patch(&path, &json!({ "team_id": 0, "name": "Its own" })).await.body;
    assert_eq!((&moved["team_id"], &moved["team_name"]), (&Value::Null, &Value::Null));
    let log = format!("/api/v2/organizations/{organization}/audit-events?action=move_project");
    let event = owner.get(&log).await.body["items"][0].clone();
    assert_eq!(event["details"], json!({ "from": "Parsers", "to": null }));
    server.stop().await;
});

on_both_databases!(each_role_reaches_a_project_as_far_as_the_table_says, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let elsewhere = owner.organization("Elsewhere").await;
    let team = team(&owner, organization, "Parsers").await;
    let id = project(&owner, organization, "Lexer", Some(team)).await;
    let colleague = server.account_of("colleague@example.com").await;
    server.join(colleague, organization, "member").await;
    assert_eq!(reach(&server.anonymous(), id, colleague).await, [401; 4]);
    let inside = (organization, "member");
    let (sees, edits, all) = ([200, 403, 403, 403], [200, 200, 200, 403], [200, 200, 200, 422]);
    let cases: [(&str, &[RoleAt], [u16; 4]); 13] = [
        ("stranger", &[], [404; 4]),
        ("neighbor", &[(elsewhere, "owner")], [404; 4]),
        ("billing", &[(1, "billing_manager")], sees),
        ("plain", &[inside], sees),
        ("member", &[inside, (id, "member")], sees),
        ("lead", &[inside, (id, "admin")], edits),
        ("head", &[inside, (id, "owner")], all),
        ("teammember", &[inside, (team, "member")], sees),
        ("teamadmin", &[inside, (team, "admin")], all),
        ("teamowner", &[inside, (team, "owner")], all),
        ("boss", &[(organization, "admin")], all),
        ("founder", &[(organization, "owner")], all),
        ("administrator", &[(1, "admin")], all),
    ];
    for (name, roles, expected) in cases {
        let person = server.person(&format!("{name}@example.com")).await;
        for (place, role) in roles {
            server.join(person.id, *place, role).await;
        }
        assert_eq!(reach(&person, id, colleague).await, expected, "{name}");
        let listed = person.get(&projects_of(organization)).await;
        if expected[0] == 404 {
            assert_eq!(listed.status, 404, "{name}");
        } else {
            let single = person.get(&format!("/api/v2/projects/{id}")).await.body;
            assert_eq!(listed.body["items"], json!([single]), "{name}: list and single answer say the same");
        }
    }
    server.stop().await;
});

on_both_databases!(a_project_is_created_and_moved_where_one_may_create, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let elsewhere = owner.organization("Elsewhere").await;
    let (parsers, linkers) =
        (team(&owner, organization, "Parsers").await, team(&owner, organization, "Linkers").await);
    let foreign = team(&owner, elsewhere, "Foreign").await;
    let lead = server.person_in(organization, "lead@example.com", "member").await;
    server.join(lead.id, parsers, "admin").await;
    server.join(lead.id, linkers, "member").await;
    let create = async |name: &str, team: i64| {
        lead.post(&projects_of(organization), &json!({ "name": name, "team_id": team })).await
    };
    let created = create("Lexer", parsers).await;
    assert_eq!((created.status, &created.body["role"]), (201, &json!("owner")));
    assert_eq!(create("Loader", linkers).await.status, 403, "a Member of the team creates nothing");
    assert_eq!(create("Loader", 0).await.status, 403);
    assert!(refused_field(&create("Loader", foreign).await, "team_id").contains("no such team"));
    let there = lead.post(&projects_of(elsewhere), &json!({ "name": "Loader", "team_id": parsers })).await;
    assert_eq!(there.status, 404, "an organization one may not see has no fields to be wrong");

    let path = format!("/api/v2/projects/{}", created.body["id"]);
    for (target, status) in [(linkers, 403), (0, 403), (foreign, 422), (parsers, 200)] {
        assert_eq!(lead.patch(&path, &json!({ "team_id": target })).await.status, status, "{target}");
    }
    assert_eq!(
        owner.patch(&path, &json!({ "team_id": foreign })).await.status,
        422,
        "seen, but of another organization"
    );
    server.join(lead.id, linkers, "owner").await;
    assert_eq!(lead.patch(&path, &json!({ "team_id": linkers })).await.body["team_name"], "Linkers");
    // Moving a project out of another team needs rights in that team, not only in the target.
    let other = project(&owner, organization, "Grammar", Some(parsers)).await;
    server.join(lead.id, parsers, "member").await;
    assert_eq!(
        lead.patch(&format!("/api/v2/projects/{other}"), &json!({ "team_id": linkers })).await.status,
        403
    );
    server.stop().await;
});

on_both_databases!(a_list_is_filtered_by_team_and_archive, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let (parsers, linkers) =
        (team(&owner, organization, "Parsers").await, team(&owner, organization, "Linkers").await);
    for (name, team) in
        [("lexer", Some(parsers)), ("Loader", Some(linkers)), ("Assembler", None), ("Old_one", None)]
    {
        server.forward(chrono::Duration::minutes(1));
        project(&owner, organization, name, team).await;
    }
    let elsewhere = owner.organization("Elsewhere").await;
    project(&owner, elsewhere, "Hidden", None).await;
    let path = projects_of(organization);
    let names = async |query: &str| owner.column(&format!("{path}?{query}"), "name").await;
    assert_eq!(names("").await, ["Assembler", "lexer", "Loader", "Old_one"]);
    assert_eq!(names("order=desc").await, ["Old_one", "Loader", "lexer", "Assembler"]);
    assert_eq!(names("sort=created_at&order=desc").await, ["Old_one", "Assembler", "Loader", "lexer"]);
    assert_eq!(names("sort=team&order=desc").await[..2], ["lexer", "Loader"]);
    assert_eq!(names("sort=user_count").await.len(), 4);
    assert_eq!(names("search=D_O").await, ["Old_one"]);
    assert_eq!(names(&format!("team_id={parsers}")).await, ["lexer"]);
    assert_eq!(names("team_id=0").await, ["Assembler", "Old_one"]);
    assert_eq!(names("team_id=999999").await, Vec::<String>::new());

    let old = owner.get(&format!("{path}?search=old_one")).await.body["items"][0]["id"].clone();
    let old = format!("/api/v2/projects/{old}");
    let archived =
        owner.patch(&old, &json!({ "archived": true, "description": "Kept for its history" })).await;
    let since = archived.body["archived_at"].clone();
    assert!(since.is_string(), "{}", archived.body);
    server.forward(chrono::Duration::days(1));
    assert_eq!(owner.patch(&old, &json!({ "archived": true })).await.body["archived_at"], since);
    assert_eq!(names("").await, ["Assembler", "lexer", "Loader"]);
    assert_eq!(names("archived=only").await, ["Old_one"]);
    assert_eq!(names("archived=all&search=HISTORY").await, ["Old_one"]);
    assert_eq!(owner.get(&format!("{path}?archived=all&page_size=2&page=2")).await.body["total"], 4);
    assert_eq!(owner.get(&format!("{path}?archived=only&team_id={parsers}")).await.body["total"], 0);
    assert_eq!(owner.patch(&old, &json!({ "archived": false })).await.body["archived_at"], Value::Null);
    assert_eq!(names("archived=no").await.len(), 4);
    for wrong in ["archived=yes", "team_id=x", "sort=description"] {
        assert_eq!(owner.get(&format!("{path}?{wrong}")).await.code(), "invalid", "{wrong}");
    }
    let log = format!("/api/v2/organizations/{organization}/audit-events?page_size=3");
    assert_eq!(owner.column(&log, "action").await, ["unarchive_project", "archive_project", "edit_project"]);
    server.stop().await;
});

on_both_databases!(a_hidden_team_is_told_to_nobody_outside_it, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let team = team(&owner, organization, "Secret plans").await;
    let id = project(&owner, organization, "Lexer", Some(team)).await;
    project(&owner, organization, "Assembler", None).await;
    let member = server.person_in(organization, "member@example.com", "member").await;
    let path = projects_of(organization);
    assert_eq!(member.column(&path, "team_name").await, ["-", "-"]);
    assert_eq!(member.get(&format!("/api/v2/projects/{id}")).await.body["team_id"], Value::Null);
    assert_eq!(member.get(&format!("{path}?team_id={team}")).await.body["total"], 0);
    assert_eq!(member.get(&format!("{path}?team_id=0")).await.body["total"], 2);
    server.join(member.id, team, "member").await;
    assert_eq!(member.column(&path, "team_name").await, ["-", "Secret plans"]);
    assert_eq!(member.column(&format!("{path}?team_id={team}"), "name").await, ["Lexer"]);
    assert_eq!(member.get(&format!("/api/v2/projects/{id}")).await.body["team_id"], team);
    server.stop().await;
});

on_both_databases!(people_leave_projects_with_what_is_above_them, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let team = team(&owner, organization, "Parsers").await;
    let (inside, beside) = (
        project(&owner, organization, "Lexer", Some(team)).await,
        project(&owner, organization, "Tools", None).await,
    );
    let grace = server.person_in(organization, "grace@example.com", "member").await;
    for (level, id) in [("teams", team), ("projects", inside), ("projects", beside)] {
        let path = format!("/api/v2/{level}/{id}/users");
        assert_eq!(owner.post(&path, &json!({ "user_ids": [grace.id] })).await.body["added"], 1);
    }
    let places = async || {
        let mut found = Vec::new();
        for (level, id) in [("teams", team), ("projects", inside), ("projects", beside)] {
            let path = format!("/api/v2/{level}/{id}/users?search=grace");
            found.push(owner.get(&path).await.body["total"].as_i64().unwrap());
        }
        found
    };
    assert_eq!(places().await, [1, 1, 1]);
    let out = format!("/api/v2/teams/{team}/users/{}", grace.id);
    assert_eq!(grace.delete(&out).await.status, 204, "anybody may leave");
    assert_eq!(places().await, [0, 0, 1], "a team's projects go with it");
    server.join(grace.id, team, "owner").await;
    let out = format!("/api/v2/organizations/{organization}/users/{}", grace.id);
    assert_eq!(owner.delete(&out).await.status, 204);
    assert_eq!(places().await, [0, 0, 0]);
    assert_eq!(grace.get(&format!("/api/v2/projects/{beside}")).await.status, 404);
    server.stop().await;
});
