//! User groups: who manages them, who is in them, and adding their people to other scopes.

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller, TestServer};
use testkeep_tests::on_both_databases;

/// A scope and a role in it.
type RoleAt = (i64, &'static str);

fn groups_of(organization: i64) -> String {
    format!("/api/v2/organizations/{organization}/groups")
}

async fn group(caller: &Caller, organization: i64, name: &str) -> i64 {
    caller.create(&groups_of(organization), &json!({ "name": name })).await
}

async fn colleagues(server: &TestServer, organization: i64, names: &[&str]) -> Vec<i64> {
    let mut ids = Vec::new();
    for name in names {
        let id = server.account_of(&format!("{name}@example.com")).await;
        server.join(id, organization, "member").await;
        ids.push(id);
    }
    ids
}

fn refused_field(answer: &Answer, field: &str) -> String {
    assert_eq!((answer.status, answer.code()), (422, "invalid"), "{}", answer.body);
    answer.body["error"]["fields"][field].as_str().unwrap_or_default().to_owned()
}

on_both_databases!(a_group_lives_from_creation_to_deletion, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let created = owner
        .post(&groups_of(organization), &json!({ "name": " Night shift ", "description": "On call" }))
        .await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!((&created.body["name"], &created.body["user_count"]), (&json!("Night shift"), &json!(0)));
    assert_eq!(
        created.body["actions"],
        json!([
            "view_groups",
            "edit_group_name",
            "edit_group_description",
            "delete_group",
            "add_group_user",
            "remove_group_user"
        ])
    );
    let path = format!("/api/v2/groups/{}", created.body["id"]);
    group(&owner, organization, "Day shift").await;
    let again = owner.post(&groups_of(organization), &json!({ "name": "NIGHT SHIFT" })).await;
    assert_eq!(refused_field(&again, "name"), "Another group here has this name. Choose another.");
    assert!(!refused_field(&owner.patch(&path, &json!({ "name": "day shift" })).await, "name").is_empty());
    for (field, bad) in
        [("name", " "), ("name", "a\u{0}"), ("description", "a\u{0}"), ("description", &"x".repeat(2001))]
    {
        assert!(
            !refused_field(&owner.patch(&path, &json!({ field: bad })).await, field).is_empty(),
            "{field}"
        );
        let body = json!({ "name": "Other", field: bad });
        assert!(
            !refused_field(&owner.post(&groups_of(organization), &body).await, field).is_empty(),
            "{field}"
        );
    }
    assert_eq!(owner.get(&path).await.body, created.body);
    let changed = owner.patch(&path, &json!({ "name": "Late shift", "description": "" })).await.body;
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Late shift"), &json!("")));
    assert_eq!(owner.patch(&path, &json!({})).await.body, changed);

    let people = colleagues(&server, organization, &["grace", "alan"]).await;
    assert_eq!(owner.post(&format!("{path}/users"), &json!({ "user_ids": people })).await.status, 200);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.status, 404);
    assert_eq!(owner.get(&format!("/api/v2/organizations/{organization}")).await.body["user_count"], 3);
    let log = format!("/api/v2/organizations/{organization}/audit-events?page_size=6");
    assert_eq!(
        owner.column(&log, "action").await,
        ["delete_group", "add_group_user", "add_group_user", "edit_group", "create_group", "create_group"]
    );
    server.stop().await;
});

on_both_databases!(members_look_and_admins_act, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let elsewhere = owner.organization("Elsewhere").await;
    let id = group(&owner, organization, "Night shift").await;
    let people = colleagues(&server, organization, &["grace", "alan"]).await;
    let path = format!("/api/v2/groups/{id}");
    assert_eq!(owner.post(&format!("{path}/users"), &json!({ "user_ids": [people[0]] })).await.status, 200);
    let reads = async |caller: &Caller| {
        [
            caller.get(&groups_of(organization)).await.status,
            caller.get(&path).await.status,
            caller.get(&format!("{path}/users")).await.status,
        ]
    };
    let writes = async |caller: &Caller, name: &str| {
        [
            caller.get(&format!("{path}/candidates")).await.status,
            caller.post(&groups_of(organization), &json!({ "name": format!("Of {name}") })).await.status,
            caller.patch(&path, &json!({ "name": format!("{name}'s") })).await.status,
            caller.patch(&path, &json!({ "description": name })).await.status,
            caller.post(&format!("{path}/users"), &json!({ "user_ids": [people[1]] })).await.status,
            caller.delete(&format!("{path}/users/{}", people[1])).await.status,
        ]
    };
    assert_eq!(
        (reads(&server.anonymous()).await, writes(&server.anonymous(), "nobody").await),
        ([401; 3], [401; 6])
    );
    let cases: [(&str, &[RoleAt], u16, bool); 7] = [
        ("stranger", &[], 404, false),
        ("neighbor", &[(elsewhere, "owner")], 404, false),
        ("billing", &[(1, "billing_manager")], 200, false),
        ("plain", &[(organization, "member")], 200, false),
        ("boss", &[(organization, "admin")], 200, true),
        ("founder", &[(organization, "owner")], 200, true),
        ("administrator", &[(1, "admin")], 200, true),
    ];
    for (name, roles, looking, acts) in cases {
        let person = server.person(&format!("{name}@example.com")).await;
        for (place, role) in roles {
            server.join(person.id, *place, role).await;
        }
        assert_eq!(reads(&person).await, [looking; 3], "{name}");
        let refused = if looking == 404 { 404 } else { 403 };
        let expected = if acts { [200, 201, 200, 200, 200, 204] } else { [refused; 6] };
        assert_eq!(writes(&person, name).await, expected, "{name}");
        if !acts {
            assert_eq!(person.delete(&path).await.status, refused, "{name}");
        }
    }
    server.stop().await;
});

on_both_databases!(only_colleagues_are_in_a_group, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let id = group(&owner, organization, "Night shift").await;
    let users = format!("/api/v2/groups/{id}/users");
    let people = colleagues(&server, organization, &["grace", "alan", "edsger"]).await;
    let outsider = server.account_of("outsider@example.com").await;
    let added = owner.post(&users, &json!({ "user_ids": [people[0], people[1], people[1]] })).await;
    assert_eq!(added.body, json!({ "added": 2, "already": 0 }));
    assert_eq!(
        owner.post(&users, &json!({ "user_ids": people })).await.body,
        json!({ "added": 1, "already": 2 })
    );
    assert_eq!(owner.column(&users, "first_name").await, ["Alan", "Edsger", "Grace"]);
    assert_eq!(
        owner.column(&format!("{users}?sort=email&order=desc&page_size=1"), "first_name").await,
        ["Grace"]
    );
    assert_eq!(owner.get(&format!("{users}?search=ALAN")).await.body["total"], 1);
    let too_many: Vec<i64> = (0..1001).collect();
    for bad in [json!([]), json!([outsider]), json!([999_999]), json!([0, -1]), json!(too_many)] {
        let refused = owner.post(&users, &json!({ "user_ids": bad })).await;
        assert!(!refused_field(&refused, "user_ids").is_empty());
    }
    let candidates = owner.get(&format!("/api/v2/groups/{id}/candidates")).await.body;
    assert_eq!(candidates["users"].as_array().unwrap().len(), 1, "Ada alone is not in it");
    assert_eq!(candidates["groups"], json!([]));
    let alan = format!("{users}/{}", people[1]);
    assert_eq!((owner.delete(&alan).await.status, owner.delete(&alan).await.status), (204, 404));
    assert_eq!(owner.get(&format!("/api/v2/groups/{id}")).await.body["user_count"], 2);

    let grace = format!("/api/v2/organizations/{organization}/users/{}", people[0]);
    assert_eq!(owner.delete(&grace).await.status, 204);
    assert_eq!(
        owner.column(&users, "first_name").await,
        ["Edsger"],
        "who leaves the organization leaves its groups"
    );
    let edsger = format!("/api/v2/accounts/1/users/{}", people[2]);
    assert_eq!(owner.delete(&edsger).await.status, 204);
    assert_eq!(owner.get(&users).await.body["total"], 0);
    server.stop().await;
});

on_both_databases!(a_group_adds_the_people_who_are_in_it, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let people = colleagues(&server, organization, &["grace", "alan", "edsger", "barbara"]).await;
    let (night, day) =
        (group(&owner, organization, "Night shift").await, group(&owner, organization, "Day shift").await);
    let empty = group(&owner, organization, "Shift of none").await;
    for (id, members) in [(night, &people[..2]), (day, &people[1..3])] {
        let path = format!("/api/v2/groups/{id}/users");
        assert_eq!(owner.post(&path, &json!({ "user_ids": members })).await.status, 200);
    }
    let project = format!("/api/v2/organizations/{organization}/projects");
    let project = owner.create(&project, &json!({ "name": "Lexer" })).await;
    let place = format!("/api/v2/projects/{project}");
    let names = |body: Value| -> Vec<String> {
        let groups = body["groups"].as_array().unwrap();
        groups.iter().map(|group| group["name"].as_str().unwrap().to_owned()).collect()
    };
    let candidates = format!("{place}/candidates?search=shift");
    assert_eq!(
        names(owner.get(&candidates).await.body),
        ["Day shift", "Night shift"],
        "an empty group adds nobody"
    );

    let both = json!({ "user_ids": [people[0]], "group_ids": [night, day, night, empty] });
    assert_eq!(owner.post(&format!("{place}/users"), &both).await.body, json!({ "added": 3, "already": 0 }));
    assert_eq!(names(owner.get(&candidates).await.body), Vec::<String>::new());
    // A group stands for its people at the moment of the request, not for later ones.
    let path = format!("/api/v2/groups/{day}/users");
    assert_eq!(owner.post(&path, &json!({ "user_ids": [people[3]] })).await.status, 200);
    assert_eq!(names(owner.get(&candidates).await.body), ["Day shift"]);
    let users = owner.get(&format!("{place}/users")).await.body;
    assert_eq!(users["total"], 4, "with Ada, without Barbara");
    assert_eq!(owner.delete(&format!("{path}/{}", people[1])).await.status, 204);
    assert_eq!(owner.get(&format!("{place}/users?search=alan")).await.body["total"], 1);

    let elsewhere = owner.organization("Elsewhere").await;
    let foreign = group(&owner, elsewhere, "Foreign").await;
    let mixed = json!({ "group_ids": [day, foreign] });
    let refused = owner.post(&format!("{place}/users"), &mixed).await;
    assert!(
        refused_field(&refused, "group_ids")
            .contains(&format!("no user group {foreign} in this organization"))
    );
    assert_eq!(owner.get(&format!("{place}/users")).await.body["total"], 4, "all or nobody");
    server.stop().await;
});

on_both_databases!(a_list_of_groups_is_searched_sorted_and_paged, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let elsewhere = owner.organization("Elsewhere").await;
    let person = colleagues(&server, organization, &["grace"]).await[0];
    for name in ["night_shift", "Day shift", "On leave"] {
        server.forward(chrono::Duration::minutes(1));
        group(&owner, organization, name).await;
    }
    group(&owner, elsewhere, "Hidden").await;
    let path = groups_of(organization);
    let listed = owner.get(&format!("{path}?sort=created_at")).await.body;
    let users = format!("/api/v2/groups/{}/users", listed["items"][2]["id"]);
    assert_eq!(owner.post(&users, &json!({ "user_ids": [person] })).await.status, 200);
    assert_eq!(
        owner.column(&format!("{path}?sort=created_at"), "name").await,
        ["night_shift", "Day shift", "On leave"]
    );
    assert_eq!(owner.column(&path, "name").await, ["Day shift", "night_shift", "On leave"]);
    assert_eq!(owner.column(&format!("{path}?sort=user_count&order=desc"), "name").await[0], "On leave");
    assert_eq!(owner.column(&format!("{path}?search=T_S"), "name").await, ["night_shift"]);
    let page = owner.get(&format!("{path}?page=2&page_size=2")).await.body;
    assert_eq!((&page["total"], page["items"].as_array().unwrap().len()), (&json!(3), 1));
    let single = owner.get(&format!("/api/v2/groups/{}", page["items"][0]["id"])).await.body;
    assert_eq!(page["items"][0], single);
    assert_eq!(owner.get(&format!("{path}?sort=description")).await.status, 422);
    server.stop().await;
});
