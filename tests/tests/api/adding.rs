//! Adding people of an organization to a team; the same code serves projects.

use serde_json::json;
use testkeep_tests::api::{Answer, Caller};
use testkeep_tests::on_both_databases;

async fn team(caller: &Caller, organization: i64, name: &str) -> i64 {
    caller.create(&format!("/api/v2/organizations/{organization}/teams"), &json!({ "name": name })).await
}

fn refused_field(answer: &Answer, field: &str) -> String {
    assert_eq!((answer.status, answer.code()), (422, "invalid"), "{}", answer.body);
    answer.body["error"]["fields"][field].as_str().unwrap_or_default().to_owned()
}

on_both_databases!(only_people_of_the_organization_are_added, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let id = team(&owner, organization, "Parsers").await;
    let users = format!("/api/v2/teams/{id}/users");
    let mut people = Vec::new();
    for name in ["grace", "alan", "edsger"] {
        let person = server.account_of(&format!("{name}@example.com")).await;
        server.join(person, organization, "member").await;
        people.push(person);
    }
    let outsider = server.account_of("outsider@example.com").await;
    let added = owner.post(&users, &json!({ "user_ids": [people[0], people[1], people[0]] })).await;
    assert_eq!((added.status, added.body), (200, json!({ "added": 2, "already": 0 })));
    server.join(people[0], id, "admin").await;
    let again = owner.post(&users, &json!({ "user_ids": people })).await;
    assert_eq!(again.body, json!({ "added": 1, "already": 2 }));
    let listed = owner.get(&format!("{users}?sort=email")).await.body;
    let roles: Vec<_> = listed["items"].as_array().unwrap().iter().map(|row| row["role"].clone()).collect();
    assert_eq!(roles, ["owner", "member", "member", "admin"], "whoever was there keeps their role");

    // A person who may see everybody reads the address in the refusal; another person reads only the number they sent.
    let head = server.person_in(organization, "head@example.com", "member").await;
    server.join(head.id, id, "owner").await;
    let fresh = server.account_of("fresh@example.com").await;
    server.join(fresh, organization, "member").await;
    let mixed = json!({ "user_ids": [fresh, outsider, 999_999] });
    let told = refused_field(&owner.post(&users, &mixed).await, "user_ids");
    assert!(told.contains("outsider@example.com") && told.contains("user 999999"), "{told}");
    let told = refused_field(&head.post(&users, &mixed).await, "user_ids");
    assert!(told.contains(&format!("user {outsider}")) && !told.contains('@'), "{told}");
    assert!(!owner.column(&users, "email").await.contains(&"fresh@example.com".into()), "all or nobody");

    let too_many: Vec<i64> = (0..1001).collect();
    for (body, field) in [
        (json!({}), "user_ids"),
        (json!({ "user_ids": [], "group_ids": [] }), "user_ids"),
        (json!({ "user_ids": [0, -1] }), "user_ids"),
        (json!({ "user_ids": too_many }), "user_ids"),
        (json!({ "group_ids": too_many }), "group_ids"),
        (json!({ "group_ids": [999_999] }), "group_ids"),
    ] {
        assert!(!refused_field(&owner.post(&users, &body).await, field).is_empty(), "{body}");
    }
    for body in [json!({ "user_ids": "all" }), json!({ "user_ids": [1.5] }), json!([])] {
        assert_eq!(owner.post(&users, &body).await.code(), "invalid", "{body}");
    }
    // People join accounts and organizations by invitation only.
    for place in ["accounts/1".to_owned(), format!("organizations/{organization}")] {
        let answer = owner.post(&format!("/api/v2/{place}/users"), &json!({ "user_ids": [outsider] })).await;
        assert_eq!(answer.status, 404, "{place}");
    }
    let log = format!("/api/v2/organizations/{organization}/audit-events?action=add_user");
    let events = owner.get(&log).await.body;
    assert_eq!(events["total"], 3, "one for everybody who was added");
    assert_eq!((&events["items"][0]["level"], &events["items"][0]["scope_id"]), (&json!("team"), &json!(id)));
    server.stop().await;
});

on_both_databases!(candidates_are_colleagues_who_are_not_there, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let id = team(&owner, organization, "Parsers").await;
    let outsider = server.account_of("outsider@example.com").await;
    for (number, user) in server.crowd(25).await.into_iter().enumerate() {
        server.join(user, organization, "member").await;
        if number < 2 {
            server.join(user, id, "member").await;
        }
    }
    let path = format!("/api/v2/teams/{id}/candidates");
    let all = owner.get(&path).await.body;
    assert_eq!(all["users"].as_array().unwrap().len(), 20);
    assert!(all["users"].as_array().unwrap().iter().all(|user| user["user_id"] != outsider));
    let one = owner.get(&format!("{path}?search=PERSON24")).await.body;
    assert_eq!(one["users"].as_array().unwrap().len(), 1);
    assert_eq!(one["users"][0]["email"], "person24@example.com");
    for nobody in ["person1@", "outsider", "ada", "%25"] {
        assert_eq!(owner.get(&format!("{path}?search={nobody}")).await.body["users"], json!([]), "{nobody}");
    }
    let member = server.person_in(organization, "member@example.com", "member").await;
    assert_eq!(member.get(&path).await.status, 404);
    server.join(member.id, id, "member").await;
    assert_eq!(member.get(&path).await.status, 403);
    for place in ["accounts/1".to_owned(), format!("organizations/{organization}"), format!("projects/{id}")]
    {
        assert_eq!(owner.get(&format!("/api/v2/{place}/candidates")).await.status, 404, "{place}");
    }
    server.stop().await;
});

on_both_databases!(nobody_is_added_where_they_have_just_left, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let id = team(&owner, organization, "Parsers").await;
    let users = format!("/api/v2/teams/{id}/users");
    for (round, user) in server.crowd(12).await.into_iter().enumerate() {
        server.join(user, organization, "member").await;
        // Removed from the organization, and from the whole account.
        let place =
            if round % 2 == 0 { format!("organizations/{organization}") } else { "accounts/1".into() };
        let path = format!("/api/v2/{place}/users/{user}");
        let body = json!({ "user_ids": [user] });
        let (removed, added) = tokio::join!(owner.delete(&path), owner.post(&users, &body));
        assert_eq!(removed.status, 204, "{}", removed.body);
        assert!(matches!(added.status, 200 | 422), "{}", added.body);
        let left = owner.get(&format!("{users}?search=person{round}@")).await.body;
        assert_eq!(left["total"], 0, "round {round}: {}", added.status);
    }
    server.stop().await;
});
