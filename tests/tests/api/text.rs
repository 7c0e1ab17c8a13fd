//! Names and addresses in any script: found, distinguished and sorted in the same way on both databases and in every
//! locale.

use serde_json::json;
use testkeep_domain::Secret;
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_domain::text::is_invisible;
use testkeep_store::installation::folded;
use testkeep_store::sql;
use testkeep_tests::api::{Caller, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::postgres::{Postgres, USER};

/// A server on a database that uses Turkish lower case: `I` becomes `ı`.
async fn turkish() -> TestServer {
    let server = Postgres::shared();
    let name = format!("turkish_{}", std::process::id());
    server.sql(
        "postgres",
        &format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR'"),
    );
    assert_eq!(server.sql(&name, "SELECT lower('I')"), "ı", "the locale is Turkish");
    let jdbc_url = server.jdbc_url(&name);
    let config = PostgresConfig { jdbc_url, user: USER.into(), password: Secret::default() };
    TestServer::start_with(DatabaseConfig::Postgresql(config), Vec::new()).await
}

async fn crew(server: &TestServer) -> (Caller, i64) {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Ölçüm İstanbul").await;
    for (local, first_name, last_name) in [
        ("oezlem", "Özlem", "Işık"),
        ("ivan", "Иван", "Петров"),
        ("gross", "Anna", "Großmann"),
        ("wide", "Ｔａｒｏ", "ﬁsher"),
    ] {
        let person = server.person_in(organization, &format!("{local}@example.com"), "member").await;
        let names = json!({ "first_name": first_name, "last_name": last_name });
        assert_eq!(person.patch("/api/v2/me", &names).await.status, 200);
    }
    (owner, organization)
}

async fn found(owner: &Caller, path: &str, search: &str, field: &str) -> Vec<String> {
    let encoded: String = url_encoded(search);
    let sign = if path.contains('?') { '&' } else { '?' };
    owner.column(&format!("{path}{sign}search={encoded}"), field).await
}

fn url_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

async fn people_are_found(server: TestServer) {
    let (owner, organization) = crew(&server).await;
    let users = format!("/api/v2/organizations/{organization}/users");
    for (search, expected) in [
        ("ÖZLEM", "oezlem"),
        ("özlem", "oezlem"),
        ("O\u{308}zlem", "oezlem"),
        ("ışık", "oezlem"),
        ("ISIK", ""),
        ("IŞIK", "oezlem"),
        ("işik", "oezlem"),
        ("ИВАН", "ivan"),
        ("петр", "ivan"),
        ("GROSSMANN", "gross"),
        ("großmann", "gross"),
        ("GROẞ", "gross"),
        ("taro", "wide"),
        ("FISHER", "wide"),
        ("IVAN@", "ivan"),
        ("%", ""),
    ] {
        let emails = found(&owner, &users, search, "email").await;
        let expected: Vec<String> =
            expected.split_whitespace().map(|local| format!("{local}@example.com")).collect();
        assert_eq!(emails, expected, "{search}");
    }
    // The same in every other search for people.
    let team =
        owner.create(&format!("/api/v2/organizations/{organization}/teams"), &json!({ "name": "T" })).await;
    let candidates =
        owner.get(&format!("/api/v2/teams/{team}/candidates?search={}", url_encoded("ÖZLEM"))).await;
    assert_eq!(candidates.body["users"].as_array().unwrap().len(), 1, "{}", candidates.body);
    let group =
        owner.create(&format!("/api/v2/organizations/{organization}/groups"), &json!({ "name": "Ğ" })).await;
    assert_eq!(
        found(&owner, &format!("/api/v2/organizations/{organization}/groups"), "ğ", "name").await,
        ["Ğ"]
    );
    let candidates =
        owner.get(&format!("/api/v2/groups/{group}/candidates?search={}", url_encoded("ИВАН"))).await;
    assert_eq!(candidates.body["users"].as_array().unwrap().len(), 1, "{}", candidates.body);
    let events = found(&owner, "/api/v2/accounts/1/audit-events", "ÖLÇÜM istanbul", "action").await;
    assert!(events.contains(&"create_organization".to_owned()), "{events:?}");
    server.stop().await;
}

on_both_databases!(people_are_found_in_any_script, |server| {
    people_are_found(server).await;
});

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_on_a_turkish_database() {
    people_are_found(turkish().await).await;
}

on_both_databases!(a_name_is_taken_in_any_spelling, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("ÖKO").await;
    let teams = format!("/api/v2/organizations/{organization}/teams");
    let projects = format!("/api/v2/organizations/{organization}/projects");
    let groups = format!("/api/v2/organizations/{organization}/groups");
    for path in ["/api/v2/organizations", &teams, &projects, &groups] {
        for (first, same) in [
            ("Straße", vec!["STRASSE", "strasse", "Stra\u{ad}ße"]),
            ("Özlem", vec!["ÖZLEM", "o\u{308}zlem", "Özlem\u{200b}", "  Özlem "]),
            ("İzmir", vec!["izmir", "IZMIR", "ızmir"]),
            ("Иван", vec!["ИВАН"]),
            ("A B", vec!["a  b", "A\u{a0}B", "Ａ Ｂ"]),
        ] {
            owner.create(path, &json!({ "name": first })).await;
            for name in same {
                let answer = owner.post(path, &json!({ "name": name })).await;
                assert_eq!(answer.status, 422, "{path} {name:?}: {}", answer.body);
                // Invisible characters do not make another name of it; this is checked first.
                let words = if name.contains(is_invisible) { "nobody sees" } else { "has this name" };
                assert!(answer.message().contains(words), "{}", answer.message());
            }
        }
        let invisible = owner.post(path, &json!({ "name": "\u{200b}\u{ad}" })).await;
        assert_eq!(invisible.status, 422, "nobody sees this name");
    }
    assert_eq!(owner.post("/api/v2/organizations", &json!({ "name": "öko" })).await.status, 422);
    let oko = owner.post("/api/v2/organizations", &json!({ "name": "OKO" })).await;
    assert_eq!(oko.status, 201, "an accent tells names apart");
    // Renaming follows the same rule; changing only the case of a name is allowed.
    let path = format!("/api/v2/organizations/{organization}");
    assert_eq!(owner.patch(&path, &json!({ "name": "ÖZLEM" })).await.status, 422);
    assert_eq!(owner.patch(&path, &json!({ "name": "Öko" })).await.status, 200);
    server.stop().await;
});

on_both_databases!(lists_are_sorted_alike_everywhere, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Order").await;
    let teams = format!("/api/v2/organizations/{organization}/teams");
    for name in ["b-2", "Ä", "a", "Z", "_x", "B 1", "ä2", "я", "Я1", "zz"] {
        owner.create(&teams, &json!({ "name": name })).await;
    }
    let expected = ["_x", "a", "B 1", "b-2", "Z", "zz", "Ä", "ä2", "я", "Я1"];
    assert_eq!(owner.column(&format!("{teams}?sort=name"), "name").await, expected);
    server.stop().await;
});

on_both_databases!(what_an_older_version_wrote_is_folded_once, |server| {
    let (owner, organization) = crew(&server).await;
    owner.organization("öko 1").await;
    owner.organization("öko 2").await;
    // Rows as an older version on SQLite left them: two names that count as equal now, and empty folded columns.
    let mut tx = server.app.db.begin().await.unwrap();
    for statement in [
        "UPDATE scope SET folded_name = NULL, folded_description = NULL",
        "UPDATE scope SET name = 'ÖKO' WHERE name = 'öko 1'",
        "UPDATE scope SET name = 'öko' WHERE name = 'öko 2'",
        "UPDATE user_account SET folded_name = NULL, folded_email = NULL",
        "UPDATE user_account SET email = 'anna@xn--gro-7ka.example' WHERE email = 'gross@example.com'",
        "DELETE FROM audit_event_text",
    ] {
        sql(statement).execute(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let db = &server.app.db;
    let (one, other) = tokio::join!(folded::fold_names(db), folded::fold_names(db));
    assert_eq!(
        one.unwrap() + other.unwrap(),
        9,
        "each row once: the account, three organizations, five people"
    );
    assert_eq!(folded::fold_names(db).await.unwrap(), 0);
    assert!(folded::fold_texts(db).await.unwrap() > 5);
    assert_eq!(folded::fold_texts(db).await.unwrap(), 0);
    let names = owner.column("/api/v2/organizations", "name").await;
    assert_eq!(names, ["ÖKO", "öko", "Ölçüm İstanbul"], "both keep their names");
    let users = format!("/api/v2/organizations/{organization}/users");
    assert_eq!(found(&owner, &users, "GROSSMANN", "email").await, ["anna@groß.example"]);
    assert_eq!(server.sign_in("anna@GROß.example", PASSWORD).await.status, 201);
    assert!(!found(&owner, "/api/v2/accounts/1/audit-events", "özlem", "action").await.is_empty());
    server.stop().await;
});

on_both_databases!(one_address_is_one_person_at_every_door, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Doors").await;
    let person = server.person_in(organization, "ada@münchen.example", "member").await;
    for spelled in
        ["ada@xn--mnchen-3ya.example", "ADA@MÜNCHEN.example", "<ada@mu\u{308}nchen.example>\u{200b}"]
    {
        assert_eq!(server.sign_in(spelled, PASSWORD).await.status, 201, "{spelled}");
    }
    let path = format!("/api/v2/organizations/{organization}/invitations");
    let pasted = "Ada <ada@xn--mnchen-3ya.example>;\r\nBob\tBuilder\tBOB@example.com\r\nmailto:özlem@example.com, \
                  \"Duck, Donald\" <donald@example.com>; nonsense; ada@_example.com";
    let answer = owner.post(&path, &json!({ "addresses": pasted })).await;
    let outcomes: Vec<_> = answer.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            (result["invitation"]["email"].as_str().unwrap_or("-"), result["outcome"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("-", "already_member"),
            ("bob@example.com", "invited"),
            ("özlem@example.com", "invited"),
            ("donald@example.com", "invited"),
            ("-", "invalid"),
            ("-", "invalid"),
        ]
    );
    assert_eq!(found(&owner, &path, "ÖZLEM@", "email").await, ["özlem@example.com"]);
    let licenses = format!("/api/v2/organizations/{organization}/licenses/KSE/users");
    let body = json!({ "emails": ["Ada L. <ADA@münchen.example>; nobody@example.com", "x"] });
    let assigned = owner.post(&licenses, &body).await;
    let outcomes: Vec<_> = assigned.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["assigned", "not_a_member", "invalid"], "{}", assigned.body);
    drop(person);
    server.stop().await;
});

on_both_databases!(hosts_are_found_in_any_script, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Hosts").await;
    let ada = server.person_in(organization, "ada@example.com.example", "member").await;
    for (number, hostname) in ["ÖZLEMS-PC", "WIN-1", "Иван"].into_iter().enumerate() {
        let body = json!({ "organization_id": organization, "package": "ENGINE", "machine_id": format!("M{number}"),
                           "session_id": "s", "hostname": hostname, "client_version": "1" });
        assert_eq!(ada.post("/api/v2/leases", &body).await.status, 200);
    }
    for list in ["sessions", "machines"] {
        let path = format!("/api/v2/organizations/{organization}/licenses/KRE/{list}");
        for (search, hostname) in [("özlems", "ÖZLEMS-PC"), ("win", "WIN-1"), ("ИВАН", "Иван")] {
            assert_eq!(found(&owner, &path, search, "hostname").await, [hostname], "{list} {search}");
        }
    }
    server.stop().await;
});
