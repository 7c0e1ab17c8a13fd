//! Unknown fields are refused by name in every request of this API. Existing clients may send more fields: see the
//! tests of `katalon`.

use serde_json::{Value, json};
use testkeep_tests::on_both_databases;

/// A path that leads to an existing object.
fn path_of(template: &str, organization: i64) -> String {
    let id = if template.contains("/accounts/") || template.contains("{level}") { 1 } else { organization };
    template
        .replace("{level}", "accounts")
        .replace("{id}", &id.to_string())
        .replace("{organization_id}", &organization.to_string())
        .replace("{product}", "KRE")
        .replace("{item_id}", "1")
        .replace("{user_id}", "1")
}

fn takes_json(operation: &Value) -> bool {
    operation["requestBody"]["content"]["application/json"].is_object()
}

on_both_databases!(a_field_that_no_request_has_is_named_by_all, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let document = server.anonymous().get("/api/v2/openapi.json").await.body;
    let mut asked = 0;
    for (template, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            // License clients may be newer than the server, so unknown fields are allowed there.
            if !takes_json(operation) || template.starts_with("/api/v2/leases") {
                continue;
            }
            asked += 1;
            let path = path_of(template, organization);
            let request = owner.request(&method.to_uppercase(), &path);
            let answer = owner.send(request.json(&json!({ "emial": "ada@example.com" }))).await;
            assert_eq!(answer.status, 422, "{method} {path}: {}", answer.body);
            assert!(answer.message().contains("no field “emial”"), "{method} {path}: {}", answer.body);
            assert!(answer.body["error"]["fields"]["emial"].is_string(), "{method} {path}: {}", answer.body);
        }
    }
    assert!(asked > 30, "only {asked} requests take JSON");
    let lease = json!({ "organization_id": organization, "package": "FLOATING_ENGINE", "machine_id": "a",
                        "session_id": "a", "hostname": "a", "of_a_newer_program": true });
    assert_eq!(owner.post("/api/v2/leases", &lease).await.status, 200);
    let names = json!({ "first_name": "Grace", "frist_name": "x", "lastname": "Hopper" });
    let refused = owner.patch("/api/v2/me", &names).await;
    assert!(refused.message().contains("no fields “frist_name”, “lastname”"), "{}", refused.body);
    assert_eq!(owner.get("/api/v2/me").await.body["user"]["first_name"], "Ada", "nothing was changed");
    server.stop().await;
});
