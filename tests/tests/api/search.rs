//! The search over everything: what it finds and in which order, for whom, and with hostile queries.

use std::fmt::Write;

use serde_json::{Value, json};
use testkeep_tests::api::{Caller, TestServer};
use testkeep_tests::on_both_databases;
use testkeep_tests::people::Person;

use crate::licenses::Scene;

/// Kind and name of what is found, in order.
async fn found(caller: &Caller, query: &str) -> Vec<String> {
    let items = items(caller, query).await;
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    items.iter().map(|item| format!("{} {}", text(item, "kind"), text(item, "name"))).collect()
}

async fn items(caller: &Caller, query: &str) -> Vec<Value> {
    let mut encoded = String::new();
    for byte in query.bytes() {
        write!(encoded, "%{byte:02X}").unwrap();
    }
    let answer = caller.get(&format!("/api/v2/search?q={encoded}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    answer.body["items"].as_array().unwrap().clone()
}

async fn named(server: &TestServer, organization: i64, email: &str, first: &str, last: &str) -> Person {
    let person = server.person_in(organization, email, "member").await;
    let body = json!({ "first_name": first, "last_name": last });
    assert_eq!(person.patch("/api/v2/me", &body).await.status, 200);
    person
}

on_both_databases!(everything_is_found_by_its_name, |server| {
    let scene = Scene::new(server, 5, 5).await;
    let (owner, organization) = (&scene.owner, scene.organization);
    named(&scene.server, organization, "grace@example.com", "Grace", "Hopper").await;
    let ozlem = named(&scene.server, organization, "ozlem@example.com", "Özlem", "Kaya").await;
    named(&scene.server, organization, "ivan@example.com", "Иван", "Петров").await;
    let place = |kind: &str| format!("/api/v2/organizations/{organization}/{kind}");
    owner.create(&place("teams"), &json!({ "name": "Parsers" })).await;
    owner.create(&place("projects"), &json!({ "name": "Grammar checker" })).await;
    owner.create(&place("groups"), &json!({ "name": "Graders" })).await;
    scene.assign("KSE", &["ozlem@example.com"]).await;
    scene.run(&ozlem, "KSE", "one").await;

    assert_eq!(found(owner, "grace").await, ["person Grace Hopper"]);
    assert_eq!(found(owner, "HOPPER").await, ["person Grace Hopper"]);
    assert_eq!(found(owner, "hopper grace").await, ["person Grace Hopper"]);
    assert_eq!(found(owner, "gh").await, ["person Grace Hopper"], "initials");
    assert_eq!(found(owner, "hoper").await[0], "person Grace Hopper", "one letter is missing");
    assert_eq!(found(owner, "gracr").await[0], "person Grace Hopper", "one letter is wrong");
    assert_eq!(found(owner, "grcae").await[0], "person Grace Hopper", "two letters are swapped");
    assert_eq!(found(owner, "gchpr").await[0], "person Grace Hopper", "letters in order");
    assert_eq!(found(owner, "ÖZLEM").await, ["person Özlem Kaya"]);
    assert_eq!(found(owner, "ozlem").await, ["person Özlem Kaya"]);
    assert_eq!(found(owner, "иван").await, ["person Иван Петров"]);
    assert_eq!(found(owner, "петров").await, ["person Иван Петров"]);
    assert_eq!(found(owner, "grace@example").await, ["person Grace Hopper"]);
    assert_eq!(found(owner, "parsers").await, ["team Parsers"]);
    assert_eq!(found(owner, "checker").await, ["project Grammar checker"]);
    assert_eq!(found(owner, "compilers").await, ["organization Compilers"]);
    assert_eq!(found(owner, "laptop").await, ["machine Laptop", "session Laptop"]);
    assert_eq!(found(owner, "nothing of the kind").await, Vec::<String>::new());
    assert_eq!(found(owner, "  ").await, Vec::<String>::new());
    let all = found(owner, "gra").await;
    assert_eq!(all, ["group Graders", "person Grace Hopper", "project Grammar checker"], "beginnings");
    let machine = items(owner, "laptop").await.remove(0);
    assert_eq!(machine["organization_id"], organization);
    assert_eq!(machine["organization_name"], "Compilers");
    assert_eq!(machine["detail"], "laptop");
    scene.server.stop().await;
});

on_both_databases!(sessions_and_invitations_are_found_while_they_last, |server| {
    let scene = Scene::new(server, 5, 5).await;
    let (owner, server) = (&scene.owner, &scene.server);
    let invite = async |path: String, address: &str| {
        let answer = owner.post(&path, &json!({ "addresses": address })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["results"][0]["invitation"]["id"].as_i64().unwrap()
    };
    let here =
        invite(format!("/api/v2/organizations/{}/invitations", scene.organization), "zelda@x.example").await;
    invite("/api/v2/accounts/1/invitations".into(), "zenobia@x.example").await;
    let both = ["invitation zelda@x.example", "invitation zenobia@x.example"];
    assert_eq!(found(owner, "ze").await, both);
    assert_eq!(found(owner, "x.example").await, both);
    let found_here = items(owner, "zelda").await.remove(0);
    assert_eq!((&found_here["id"], &found_here["organization_name"]), (&json!(here), &json!("Compilers")));
    assert_eq!(items(owner, "zenobia").await[0]["organization_id"], Value::Null);
    let ozlem = named(server, scene.organization, "ozlem@example.com", "Özlem", "Kaya").await;
    let lease = scene.run(&ozlem, "ENGINE", "one").await;
    let session = items(owner, "laptop").await.into_iter().find(|item| item["kind"] == "session").unwrap();
    assert_eq!((&session["id"], &session["detail"]), (&json!(lease), &json!("Özlem Kaya, KRE")));

    // An Admin of the organization sees what is the organization's alone; others see nothing of it.
    let admin = server.person_in(scene.organization, "admin@example.com", "admin").await;
    assert_eq!(found(&admin, "ze").await, both[..1]);
    assert_eq!(found(&admin, "laptop").await, ["machine Laptop", "session Laptop"]);
    let elsewhere = owner.organization("Elsewhere").await;
    let admins = server.person_in(elsewhere, "other@example.com", "admin").await;
    let member = scene.member("member@example.com").await;
    for (who, name) in [
        (&admins.caller, "another organization's Admin"),
        (&member.caller, "a Member"),
        (&ozlem.caller, "the person"),
    ] {
        for query in ["ze", "x.example", "laptop"] {
            assert_eq!(found(who, query).await, Vec::<String>::new(), "{query} by {name}");
        }
    }

    assert_eq!(owner.delete(&format!("/api/v2/invitations/{here}")).await.status, 204);
    assert_eq!(found(owner, "zelda").await, Vec::<String>::new());
    assert_eq!(ozlem.delete(&format!("/api/v2/leases/{lease}")).await.status, 204);
    assert_eq!(found(owner, "laptop").await, ["machine Laptop"]);
    scene.server.stop().await;
});

on_both_databases!(nobody_finds_what_their_lists_do_not_show, |server| {
    let scene = Scene::new(server, 5, 5).await;
    let (owner, server) = (&scene.owner, &scene.server);
    let other = owner.organization("Elsewhere").await;
    let team =
        owner.create(&format!("/api/v2/organizations/{other}/teams"), &json!({ "name": "Ringers" })).await;
    let projects = format!("/api/v2/organizations/{other}/projects");
    owner.create(&projects, &json!({ "name": "Ringing", "team_id": team })).await;
    owner.create(&format!("/api/v2/organizations/{other}/groups"), &json!({ "name": "Ring" })).await;
    let theirs = named(server, other, "ring@example.com", "Ringo", "Starr").await;
    server.join(theirs.id, team, "member").await;
    let there = theirs_in(&scene, &theirs).await;
    scene.assign("KSE", &["ring@example.com"]).await;
    scene.run(there, "KSE", "one").await;

    let everything = found(owner, "ring").await;
    assert_eq!(everything.len(), 4, "{everything:?}");
    let admin = server.person_in(scene.organization, "admin@example.com", "admin").await;
    assert_eq!(found(&admin, "ring").await, ["person Ringo Starr"], "they are in both organizations");
    assert_eq!(found(&admin, "elsewhere").await, Vec::<String>::new());
    assert_eq!(found(&admin, "laptop").await, ["machine Laptop", "session Laptop"]);
    let member = scene.member("member@example.com").await;
    assert_eq!(found(&member, "ring").await, Vec::<String>::new());
    assert_eq!(found(&member, "laptop").await, Vec::<String>::new());
    assert_eq!(found(&member, "compilers").await, ["organization Compilers"]);
    let stranger = server.person("stranger@example.com").await;
    for query in ["ring", "elsewhere", "compilers", "example", "laptop", "a", "starr"] {
        assert_eq!(found(&stranger, query).await, Vec::<String>::new(), "{query}");
    }
    // Members see the projects of their organization and the people of their teams.
    let colleague = server.person_in(other, "colleague@example.com", "member").await;
    assert_eq!(found(&colleague, "ring").await, ["group Ring", "project Ringing"]);
    server.join(colleague.id, team, "member").await;
    let with_team = found(&colleague, "ring").await;
    assert_eq!(with_team.len(), 4, "{with_team:?}");
    // The organization is closed to passwords for them.
    let path = format!("/api/v2/organizations/{other}/users/{}", colleague.id);
    assert_eq!(owner.patch(&path, &json!({ "password_sign_in": false })).await.status, 200);
    assert_eq!(found(&colleague, "ring").await, Vec::<String>::new());
    scene.server.stop().await;
});

/// The same person, as a Member of the scene's organization too.
async fn theirs_in<'a>(scene: &Scene, person: &'a Person) -> &'a Caller {
    scene.server.join(person.id, scene.organization, "member").await;
    &person.caller
}

on_both_databases!(any_text_is_a_query, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.organization("Odd").await;
    named(&server, organization, "under_score@example.com", "100%", "O'Brien").await;
    named(&server, organization, "plain@example.com", "Plain", "Person").await;
    for query in [
        "%",
        "_",
        "100%",
        "under_",
        "%%%%",
        "____",
        "a%b",
        "!",
        "!%",
        "\\",
        "'",
        "\"",
        "(a+)+$",
        ".*",
        "[a-z]",
        "^",
        "{\"q\":1}",
        "İıẞﬀ\u{200b}\u{202e}",
        "\u{10ffff}",
        "\u{1f469}\u{200d}\u{2764}",
        "-- ",
        "; DROP TABLE member",
    ] {
        let people = found(&owner, query).await;
        assert!(!people.contains(&"person Plain Person".to_owned()), "{query}: {people:?}");
    }
    assert_eq!(found(&owner, "100%").await, ["person 100% O'Brien"]);
    assert_eq!(found(&owner, "under_s").await, ["person 100% O'Brien"]);
    let letters = "a".repeat(200);
    assert_eq!(found(&owner, &letters).await, Vec::<String>::new());
    for (query, parameter) in [
        (format!("q={}", "a".repeat(10_000)), "q"),
        ("q=a%00b".into(), "q"),
        ("q=a&limit=0".into(), "limit"),
        ("q=a&limit=21".into(), "limit"),
        ("q=a&limit=99999999999999999999".into(), "limit"),
        ("q=a&limit=two".into(), "limit"),
    ] {
        let answer = owner.get(&format!("/api/v2/search?{query}")).await;
        assert_eq!(answer.status, 422, "{parameter}: {}", answer.body);
        assert!(answer.body["error"]["fields"][parameter].is_string(), "{}", answer.body);
    }
    server.stop().await;
});

on_both_databases!(each_kind_has_a_limit_and_the_best_are_kept, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    server.crowd(60).await;
    let organization = owner.organization("Person fans").await;
    for number in 0..30 {
        let body = json!({ "name": format!("Person test {number}") });
        owner.create(&format!("/api/v2/organizations/{organization}/projects"), &body).await;
    }
    named(&server, organization, "zoe@example.com", "Zoe", "Person").await;
    let all = items(&owner, "person").await;
    let count = |kind: &str| all.iter().filter(|item| item["kind"] == kind).count();
    assert_eq!((count("person"), count("project"), count("organization")), (8, 8, 1));
    let answer = owner.get("/api/v2/search?q=person&limit=20").await;
    assert_eq!(answer.body["items"].as_array().unwrap().len(), 41);
    assert_eq!(found(&owner, "person4 example").await[0], "person Person4 Example", "the exact one is first");
    assert!(found(&owner, "zp").await.contains(&"person Zoe Person".to_owned()));
    server.stop().await;
});
