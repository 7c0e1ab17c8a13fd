//! Every read with odd values in every documented parameter: an answer or a refusal with a message, never a failure.
//! Far dates, huge numbers, texts that databases reject.

use serde_json::{Value, json};
use testkeep_tests::api::Caller;
use testkeep_tests::on_both_databases;

const DATES: [&str; 16] = [
    "+262142-12-31",
    "-262143-01-01",
    "-4713-11-24",
    "0000-01-01",
    "0001-01-01",
    "1969-12-31",
    "1970-01-01",
    "2026-02-30",
    "2999-12-31",
    "9999-12-31",
    "10000-01-01",
    "2016-12-31T23:59:60Z",
    "9999-12-31T23:59:59+14:00",
    "9999-12-31T23:59:59-14:00",
    "-4713-11-24T00:00:00Z",
    "+262142-12-31T23:59:59Z",
];

const OTHERS: [&str; 14] = [
    "",
    "0",
    "-1",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999",
    "1e308",
    "NaN",
    "%",
    "\\",
    "'\"; --",
    "\u{0}",
    "İıẞﬀ\u{200b}\u{202e}",
    "\u{10ffff}",
];

fn path_of(template: &str, organization: i64) -> String {
    let id = if template.contains("{level}") || template.contains("/accounts/") { 1 } else { organization };
    template
        .replace("{level}", "accounts")
        .replace("{id}", &id.to_string())
        .replace("{product}", "KRE")
        .replace("{item_id}", "1")
}

fn query_parameters(operation: &Value) -> Vec<String> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let of_query = parameters.filter(|parameter| parameter["in"] == "query");
    of_query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

async fn ask(owner: &Caller, path: &str, name: &str, value: &str) {
    let answer = owner.get(&format!("{path}?{name}={}", encoded(value))).await;
    assert!(
        matches!(answer.status, 200 | 404 | 409 | 422),
        "GET {path}?{name}={value:?} gave {} {}",
        answer.status,
        answer.body
    );
    if answer.status == 422 {
        assert!(!answer.message().is_empty(), "GET {path}?{name}={value:?} is refused without words");
    }
}

on_both_databases!(no_read_fails_whatever_its_parameters_hold, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.post("/api/v2/organizations", &json!({ "name": "Odd" })).await;
    let organization = organization.body["id"].as_i64().unwrap();
    let document = server.anonymous().get("/api/v2/openapi.json").await.body;
    let mut dates = 0;
    for (template, operations) in document["paths"].as_object().unwrap() {
        let path = path_of(template, organization);
        for name in query_parameters(&operations["get"]) {
            let is_date = matches!(name.as_str(), "from" | "to");
            dates += usize::from(is_date);
            let values = if is_date { &DATES[..] } else { &[] };
            for value in values.iter().chain(&OTHERS) {
                ask(&owner, &path, &name, value).await;
            }
        }
    }
    assert!(dates >= 8, "periods are asked for in {dates} parameters");
    both_ends(&owner, organization).await;
    server.stop().await;
});

on_both_databases!(a_refused_parameter_is_named_with_what_to_do, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    for (query, parameter, words) in [
        ("search=%00", "search", "zero byte (%00)"),
        ("search=a%00b", "search", "Remove it"),
        ("page=99999999999999999999", "page", "Use a smaller one"),
        ("page=9223372036854775807", "page", "No page has such a high number"),
        ("page=-99999999999999999999", "page", "Use a smaller one"),
        ("page=two", "page", "Write a whole number"),
        ("page=", "page", "Write a whole number"),
        ("page=0", "page", "counted from 1"),
        ("page_size=1e3", "page_size", "Write a whole number"),
    ] {
        for list in ["/api/v2/accounts/1/users", "/api/v2/accounts/1/invitations", "/api/v2/accounts/1/mails"]
        {
            let answer = owner.get(&format!("{list}?{query}")).await;
            assert_eq!(answer.status, 422, "{list}?{query}: {}", answer.body);
            let said = answer.body["error"]["fields"][parameter].as_str().unwrap_or_default();
            assert!(said.contains(words), "{list}?{query}: {}", answer.body);
        }
    }
    server.stop().await;
});

/// A period is checked with both of its ends.
async fn both_ends(owner: &Caller, organization: i64) {
    let path = format!("/api/v2/organizations/{organization}/licenses/KRE/utilization");
    for from in DATES {
        for to in DATES {
            let answer = owner.get(&format!("{path}?from={}&to={}", encoded(from), encoded(to))).await;
            assert!(matches!(answer.status, 200 | 422), "{from} to {to}: {} {}", answer.status, answer.body);
        }
    }
    let far = owner.get(&format!("{path}?to=%2B262142-12-31")).await;
    assert_eq!(far.status, 422);
    assert!(far.message().contains("between 1970 and 2999"), "{}", far.body);
}

on_both_databases!(no_offline_license_ends_beyond_the_calendar, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let organization = owner.post("/api/v2/organizations", &json!({ "name": "Odd" })).await;
    let organization = organization.body["id"].as_i64().unwrap();
    let path = format!("/api/v2/organizations/{organization}/licenses/KRE/offline");
    for day in DATES {
        let body = json!({ "machine_key": "m", "holder": "h", "expires_on": day });
        let answer = owner.post(&path, &body).await;
        assert_eq!(answer.status, 422, "{day}: {}", answer.body);
    }
    server.stop().await;
});
