//! Which organization a program works for, and how it lists them.

use serde_json::json;
use testkeep_tests::api::EMAIL;
use testkeep_tests::on_both_databases;

use crate::program::{Program, api_key, assert_no_nulls, assign, refused};

on_both_databases!(of_several_the_licensed_one_is_taken, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let ducks = owner.organization("Ducks").await;
    let geese = owner.organization("Geese").await;
    let grace = server.person_in(ducks, "grace@example.com", "admin").await;
    server.join(grace.id, geese, "billing_manager").await;
    assign(&owner, geese, "KSE", &["grace@example.com"]).await;
    let mut studio = Program::studio(&server, &grace.email);
    let me = studio.call("GET", "/api/v1/users/me", &[]).await;
    assert_eq!(
        me.body["organizations"],
        json!([{ "id": ducks, "name": "Ducks", "role": "ADMIN" },
               { "id": geese, "name": "Geese", "role": "BILLING_MANAGER" }])
    );
    let license = studio.license().await;
    assert_eq!(license["organization"], json!({ "id": geese, "name": "Geese", "role": "BILLING_MANAGER" }));
    // If the request names an organization, it counts, whatever is assigned in others.
    studio.organization = ducks.to_string();
    assert!(refused(&studio.activate().await, 403).contains("no KSE license"));
    studio.organization = "424242".into();
    assert!(refused(&studio.activate().await, 404).contains("Organization 424242"));
    assert!(refused(&studio.deactivate().await, 404).contains("Organization 424242"));
    server.stop().await;
});

on_both_databases!(the_list_says_where_engines_may_run, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let ducks = owner.organization("Ducks").await;
    let geese = owner.organization("Geese").await;
    owner.organization("Strangers").await;
    let grace = server.person_in(ducks, "grace@example.com", "member").await;
    server.join(grace.id, geese, "member").await;
    let settings = json!({ "assigned_only": true, "reservations": [] });
    let path = format!("/api/v2/organizations/{geese}/licenses/KRE/settings");
    assert_eq!(owner.put(&path, &settings).await.status / 100, 2);
    let engine = Program::engine(&server, &api_key(&grace).await);
    let list = engine.call("GET", "/api/v1/organizations/list", &[]).await;
    assert_no_nulls(&list.body);
    let shown: Vec<_> = list
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].as_i64(), it["kreLicense"].as_bool()))
        .collect();
    assert_eq!(shown, [(Some(ducks), Some(true)), (Some(geese), Some(false))]);
    assert_eq!(list.body[0]["subscriptionExpiryDateEngine"], "2028-01-15T08:00:00.000+0000");
    assign(&owner, geese, "KRE", &["grace@example.com"]).await;
    let list = engine.call("GET", "/api/v1/organizations/list", &[]).await;
    assert_eq!(list.body[1]["kreLicense"], true);
    server.stop().await;
});

on_both_databases!(one_at_a_time, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let ducks = owner.organization("Ducks").await;
    let grace = server.person("grace@example.com").await;
    let studio = Program::studio(&server, EMAIL);
    let found = studio.call("GET", &format!("/api/v1/organizations/{ducks}"), &[]).await;
    assert_eq!(found.body, json!({ "id": ducks, "name": "Ducks", "role": "OWNER" }));
    let stranger = Program::studio(&server, &grace.email);
    for id in [ducks.to_string(), "0".into(), "x".into(), "99999999999999999999".into(), "%FF".into()] {
        refused(&stranger.call("GET", &format!("/api/v1/organizations/{id}"), &[]).await, 404);
    }
    server.stop().await;
});

on_both_databases!(who_has_none_gets_one_if_they_may, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    assert_eq!(studio.call("GET", "/api/v1/users/me", &[]).await.body["organizations"], json!([]));
    let created = studio.call("POST", "/api/v1/organizations", &[]).await;
    assert_eq!(created.status, 200, "{}", created.body);
    assert_eq!(created.body["name"], "Organization of Ada Lovelace");
    assert_eq!(created.body["role"], "OWNER");
    let again = studio.call("POST", "/api/v1/organizations", &[]).await;
    assert!(refused(&again, 409).contains("Organization of Ada Lovelace"));
    let grace = server.person("grace@example.com").await;
    let member = Program::studio(&server, &grace.email);
    let words = refused(&member.call("POST", "/api/v1/organizations", &[]).await, 403);
    assert!(words.contains("Ask an Owner"), "{words}");
    server.stop().await;
});

on_both_databases!(api_keys_are_searched_in_vain, |server| {
    server.set_up().await;
    let studio = Program::studio(&server, EMAIL);
    let query = json!({ "type": "ApiKey", "conditions": [], "functions": null,
                        "pagination": { "page": 0, "size": 30, "sorts": ["id,desc"] } });
    let text = query.to_string();
    let by_get = studio.call("GET", "/api/v1/search", &[("q", &text)]).await;
    assert_eq!(by_get.status, 200, "{}", by_get.body);
    assert_no_nulls(&by_get.body);
    assert_eq!(by_get.body["content"], json!([]));
    assert_eq!((&by_get.body["last"], &by_get.body["size"]), (&json!(true), &json!(30)));
    assert_eq!(by_get.body["pageable"]["pageNumber"], 0);
    let token = studio.token().await;
    let by_post =
        studio.send(studio.request("POST", "/api/v1/search").bearer_auth(&token).json(&query)).await;
    assert_eq!(by_post.body, by_get.body);
    let address = |token: &str| {
        format!("/api/v1/search?{}", crate::program::form(&[("q", &text), ("access_token", token)]))
    };
    assert_eq!(studio.send(studio.request("GET", &address(&token))).await.body, by_get.body);
    let wrong = studio.send(studio.request("GET", &address("nothing"))).await;
    assert_eq!((wrong.status, wrong.body["error"].as_str()), (401, Some("invalid_token")));
    let nobody = studio.send(studio.request("GET", &format!("/api/v1/users/me?access_token={token}"))).await;
    assert_eq!((nobody.status, nobody.body["error"].as_str()), (401, Some("unauthorized")));
    for odd in ["", "{", "[]", "{}", "{\"type\":7}", "{\"type\":\"LicenseKey\"}"] {
        refused(&studio.call("GET", "/api/v1/search", &[("q", odd)]).await, 400);
    }
    server.stop().await;
});
