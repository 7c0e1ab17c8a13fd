//! Names that other people read contain no invisible characters, in every request that sets a name.

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, PASSWORD};
use testkeep_tests::on_both_databases;

const HIDDEN: [(&str, &str); 4] = [
    ("Ada\u{202e}moc.elpmaxe", "U+202E"),
    ("Compi\u{200b}lers", "U+200B"),
    ("\u{2066}Ops\u{2069}", "U+2066"),
    ("Line\u{2028}break", "U+2028"),
];

fn assert_named(answer: &Answer, field: &str, code: &str) {
    assert_eq!(answer.status, 422, "{field} {code}: {}", answer.body);
    let said = answer.body["error"]["fields"][field].as_str().unwrap_or_default();
    assert!(said.contains(code) && said.contains("nobody sees"), "{field} {code}: {}", answer.body);
}

on_both_databases!(no_name_hides_anything, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Compilers").await;
    let place = format!("/api/v2/organizations/{organization}");
    let team = owner.create(&format!("{place}/teams"), &json!({ "name": "Parsers" })).await;
    for (name, code) in HIDDEN {
        let body = json!({ "name": name });
        for path in ["/api/v2/organizations".to_owned(), format!("{place}/teams"), format!("{place}/groups")]
        {
            assert_named(&owner.post(&path, &body).await, "name", code);
        }
        let project = json!({ "name": name, "team_id": team });
        assert_named(&owner.post(&format!("{place}/projects"), &project).await, "name", code);
        assert_named(&owner.patch(&place, &body).await, "name", code);
        assert_named(&owner.patch("/api/v2/accounts/1", &body).await, "name", code);
        assert_named(&owner.patch(&format!("/api/v2/teams/{team}"), &body).await, "name", code);
        assert_named(&owner.patch("/api/v2/me", &json!({ "first_name": name })).await, "first_name", code);
        let key = json!({ "name": name, "password": PASSWORD });
        assert_named(&owner.post("/api/v2/me/api-keys", &key).await, "name", code);
    }
    let described = json!({ "name": "Plain", "description": "first line\n\tsecond\u{202e}line" });
    assert_named(&owner.post(&format!("{place}/groups"), &described).await, "description", "U+202E");
    // Invisible characters that scripts and emoji need are allowed.
    for name in ["می\u{200c}خواهم", "श्री\u{200d}मान", "👩\u{200d}🔬 Lab", "O’Brien & Söhne"]
    {
        let created = owner.post(&format!("{place}/groups"), &json!({ "name": name })).await;
        assert_eq!((created.status, &created.body["name"]), (201, &Value::from(name)), "{}", created.body);
    }
    server.stop().await;
});
