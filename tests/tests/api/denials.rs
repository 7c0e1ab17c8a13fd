//! Scopes and rows list the actions that a person may not do, with the same reason and message as a refused attempt.

use serde_json::{Value, json};
use testkeep_domain::permission::OrganizationAction;
use testkeep_tests::api::Answer;
use testkeep_tests::on_both_databases;

/// `(reason, message)` of a denied action; `None` when it is allowed.
fn denial(of: &Value, action: &str) -> Option<(String, String)> {
    let denied = of["denied"].as_array().unwrap();
    let denied =
        denied.iter().find(|denied| denied["actions"].as_array().unwrap().contains(&json!(action)))?;
    Some((denied["reason"].as_str().unwrap().into(), denied["message"].as_str().unwrap().into()))
}

fn message(answer: &Answer) -> &str {
    answer.body["error"]["message"].as_str().unwrap()
}

on_both_databases!(a_place_says_what_is_denied, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Compilers").await;
    let place = format!("/api/v2/organizations/{id}");
    let admin = server.person_in(id, "admin@example.com", "admin").await;
    let found = admin.get(&place).await.body;
    let (reason, words) = denial(&found, "delete_organization").unwrap();
    assert_eq!(reason, "role");
    let refused = admin.delete(&format!("{place}?confirm=Compilers")).await;
    assert_eq!((refused.status, message(&refused)), (403, words.as_str()));
    for action in OrganizationAction::ALL.iter().map(|action| action.as_str()) {
        let allowed = found["actions"].as_array().unwrap().contains(&json!(action));
        assert_eq!(denial(&found, action).is_none(), allowed, "{action}");
    }
    assert_eq!(owner.get(&place).await.body["denied"], json!([]));
    let member = server.person_in(id, "member@example.com", "member").await;
    let me = member.get("/api/v2/me").await.body;
    let (_, words) = denial(&me["organizations"][0], "create_team").unwrap();
    let refused = member.post(&format!("{place}/teams"), &json!({ "name": "T" })).await;
    assert_eq!((refused.status, message(&refused)), (403, words.as_str()));
    let (_, words) = denial(&me, "create_organization").unwrap();
    let refused = member.post("/api/v2/organizations", &json!({ "name": "Mine" })).await;
    assert_eq!((refused.status, message(&refused)), (403, words.as_str()));
    server.stop().await;
});

on_both_databases!(a_row_says_what_is_denied, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Compilers").await;
    let users = format!("/api/v2/organizations/{id}/users");
    let admin = server.person_in(id, "admin@example.com", "admin").await;
    let other = server.person_in(id, "other@example.com", "admin").await;
    let member = server.person_in(id, "member@example.com", "member").await;
    let row = async |caller: &testkeep_tests::api::Caller, name: &str| -> Value {
        caller.get(&format!("{users}?search={name}@example.com")).await.body["items"][0].clone()
    };

    let seen = row(&admin, "other").await;
    let (reason, words) = denial(&seen, "remove_user").unwrap();
    assert_eq!(reason, "members_only");
    let refused = admin.delete(&format!("{users}/{}", other.id)).await;
    assert_eq!((refused.status, message(&refused)), (403, words.as_str()));

    let seen = row(&admin, "member").await;
    assert_eq!(denial(&seen, "remove_user"), None);
    let (reason, words) = denial(&seen, "edit_user_role").unwrap();
    assert_eq!(reason, "owner_gives_roles");
    let refused = admin.patch(&format!("{users}/{}", member.id), &json!({ "role": "admin" })).await;
    assert_eq!((refused.status, message(&refused)), (403, words.as_str()));

    let me = owner.get("/api/v2/me").await.body["user"].clone();
    let seen = owner.get(&format!("{users}?role=owner")).await.body["items"][0].clone();
    let (reason, words) = denial(&seen, "edit_user_login_options").unwrap();
    assert_eq!(reason, "owner_needs_password");
    let mine = format!("{users}/{}", me["id"]);
    let refused = owner.patch(&mine, &json!({ "password_sign_in": false })).await;
    assert_eq!((refused.status, message(&refused)), (409, words.as_str()));
    let (reason, words) = denial(&seen, "transfer_ownership").unwrap();
    assert_eq!(reason, "owner_already");
    let refused =
        owner.post(&format!("/api/v2/organizations/{id}/owner"), &json!({ "user_id": me["id"] })).await;
    assert_eq!((refused.status, message(&refused)), (409, words.as_str()));
    assert_eq!(row(&owner, "member").await["denied"], json!([]));
    server.stop().await;
});
