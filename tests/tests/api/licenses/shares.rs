//! One pool for all organizations: their shares, and what each scope sees of the pool.

use serde_json::{Value, json};
use testkeep_domain::license::{Product, Quota};
use testkeep_tests::api::EMAIL;
use testkeep_tests::on_both_databases;

use super::{Scene, assert_wrong};

fn share_of(scene: &Scene, product: &str) -> String {
    format!("/api/v2/accounts/1/licenses/{product}/shares/{}", scene.organization)
}

/// The account's row for a product.
async fn account_product(scene: &Scene, word: &str) -> Value {
    let answer = scene.owner.get("/api/v2/accounts/1/licenses").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let products = answer.body["products"].as_array().unwrap();
    products.iter().find(|product| product["product"] == word).unwrap().clone()
}

on_both_databases!(an_organization_takes_no_more_than_its_share, |server| {
    let scene = Scene::new(server, 5, 5).await;
    let grace = scene.member("grace@example.com").await;
    let share = share_of(&scene, "KRE");
    assert_eq!(scene.owner.put(&share, &json!({ "seats": 1 })).await.status, 204);
    let (action, name, details) = scene.last_event().await;
    assert_eq!((action.as_str(), name.as_str()), ("update_license_share", "Compilers"));
    assert_eq!((&details["product"], &details["seats"]), (&json!("KRE"), &json!("1")));
    scene.run(&grace, "ENGINE", "one").await;
    let refused = scene.start(&scene.owner, "ENGINE", "one").await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"));
    assert!(refused.message().contains("share of 1"), "{}", refused.message());
    let product = scene.product("KRE").await;
    assert_eq!((&product["available"], &product["share"]), (&json!(0), &json!(1)));
    let line = account_product(&scene, "KRE").await;
    let own = json!({ "organization_id": scene.organization, "name": "Compilers", "share": 1, "in_use": 1,
                      "assigned": 0, "machines": 1 });
    assert_eq!((&line["organizations"], &line["available"]), (&json!([own]), &json!(4)));
    assert_eq!(scene.owner.put(&share, &json!({ "seats": null })).await.status, 204);
    scene.run(&scene.owner, "ENGINE", "one").await;

    assert_eq!(scene.owner.put(&share_of(&scene, "KSE"), &json!({ "seats": 1 })).await.status, 204);
    assert_eq!(scene.assign("KSE", &[&grace.email, EMAIL]).await, ["assigned", "no_seat"]);
    for wrong in [-1, 1_000_001] {
        assert_wrong(&scene.owner.put(&share, &json!({ "seats": wrong })).await, "seats");
    }
    let team = format!("/api/v2/organizations/{}/teams", scene.organization);
    let team = scene.owner.create(&team, &json!({ "name": "Team" })).await;
    for nothing in [0, 1, team, 999_999] {
        let path = format!("/api/v2/accounts/1/licenses/KRE/shares/{nothing}");
        assert_eq!(scene.owner.put(&path, &json!({ "seats": 1 })).await.status, 404, "{path}");
    }
    scene.server.stop().await;
});

on_both_databases!(organizations_draw_from_one_pool, |server| {
    let scene = Scene::new(server, 2, 2).await;
    let other = scene.owner.organization("Debuggers").await;
    let grace = scene.server.person_in(other, "grace@example.com", "owner").await;
    scene.run(&scene.owner, "ENGINE", "one").await;
    let theirs = grace.get(&format!("/api/v2/organizations/{other}/licenses")).await;
    let line =
        theirs.body["products"].as_array().unwrap().iter().find(|line| line["product"] == "KRE").unwrap();
    let counts = ["subscribed", "available", "in_use", "in_use_elsewhere"].map(|name| line[name].as_i64());
    assert_eq!(counts, [Some(2), Some(1), Some(0), Some(1)]);
    assert!(!theirs.body.to_string().contains("Compilers"), "{}", theirs.body);
    scene.run(&scene.owner, "ENGINE", "two").await;
    let order = json!({ "package": "ENGINE", "machine_id": "m", "session_id": "s" });
    let refused = grace.post("/api/v2/leases", &order).await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"));
    assert!(!refused.message().contains(EMAIL), "names no people of others: {}", refused.message());
    scene.server.stop().await;
});

on_both_databases!(machines_and_assignments_of_others_count, |server| {
    let scene = Scene::with(server, 2, 2, |terms| {
        terms.products.insert(Product::Kre, Quota { quota: 2, machine_quota: 2 });
    })
    .await;
    let other = scene.owner.organization("Debuggers").await;
    let grace = scene.server.person_in(other, "grace@example.com", "owner").await;
    scene.run(&scene.owner, "ENGINE", "one").await;
    assert_eq!(scene.assign("KSE", &[EMAIL]).await, ["assigned"]);
    let order = |machine: &str| json!({ "package": "ENGINE", "machine_id": machine, "session_id": machine });
    let theirs = grace.post("/api/v2/leases", &order("desk")).await;
    assert_eq!(theirs.status, 200, "{}", theirs.body);
    let machines = ["machines", "machines_elsewhere", "machine_quota"];
    let assigned = ["assigned", "assigned_elsewhere"];
    let line = |body: &Value, word: &str| {
        let products = body["products"].as_array().unwrap();
        products.iter().find(|product| product["product"] == word).unwrap().clone()
    };
    for (who, organization, here) in [(&scene.owner, scene.organization, 1), (&*grace, other, 0)] {
        let answer = who.get(&format!("/api/v2/organizations/{organization}/licenses")).await;
        let (kse, kre) = (line(&answer.body, "KSE"), line(&answer.body, "KRE"));
        assert_eq!(machines.map(|name| kre[name].as_i64()), [Some(1), Some(1), Some(2)]);
        assert_eq!(assigned.map(|name| kse[name].as_i64()), [Some(here), Some(1 - here)]);
        assert_eq!(machines.map(|name| kse[name].as_i64()), [Some(0), Some(0), Some(10)], "by product");
    }
    let ended = grace.delete(&format!("/api/v2/leases/{}", theirs.body["id"])).await;
    assert_eq!(ended.status, 204, "a seat is free: {}", ended.body);
    let refused = grace.post("/api/v2/leases", &order("notebook")).await;
    assert_eq!((refused.status, refused.code()), (409, "no_seat"));
    let told = "2 KRE machines are registered in all organizations together";
    assert!(refused.message().contains(told), "{}", refused.message());
    let whole = account_product(&scene, "KRE").await;
    assert_eq!(machines.map(|name| whole[name].as_i64()), [Some(2), Some(0), Some(2)]);
    let held = |product: &Value| {
        let rows = product["organizations"].as_array().unwrap().clone();
        rows.into_iter().map(|row| (row["name"].clone(), row["machines"].clone())).collect::<Vec<_>>()
    };
    let row = |name: &str, machines: i64| (json!(name), json!(machines));
    assert_eq!(held(&whole), [row("Compilers", 1), row("Debuggers", 1)], "who holds them");
    let kse = account_product(&scene, "KSE").await;
    assert_eq!(held(&kse), [row("Compilers", 0), row("Debuggers", 0)], "by product");
    scene.server.stop().await;
});

on_both_databases!(a_billing_manager_sees_the_subscription_alone, |server| {
    let scene = Scene::new(server, 2, 2).await;
    let manager = scene.server.person_in(1, "money@example.com", "billing_manager").await;
    let answer = manager.get("/api/v2/accounts/1/licenses").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    for product in answer.body["products"].as_array().unwrap() {
        assert_eq!((&product["organizations"], &product["subscribed"]), (&json!([]), &json!(2)));
    }
    assert_eq!(answer.body["files"][0]["customer"], "Example Company");
    let actions = answer.body["actions"].as_array().unwrap();
    assert!(actions.contains(&json!("view_subscription_details")));
    assert!(
        !actions.contains(&json!("view_license_management")) && !actions.contains(&json!("assign_license"))
    );
    assert!(!answer.body.to_string().contains("private"), "keys stay where they are");
    let share = manager.put(&share_of(&scene, "KRE"), &json!({ "seats": 1 })).await;
    assert_eq!(share.status, 403);
    let management = format!("/api/v2/organizations/{}/licenses", scene.organization);
    assert_eq!(manager.get(&management).await.status, 403, "nor what organizations have of it");
    for page in ["users", "sessions", "offline", "machines", "settings", "usage", "utilization"] {
        let path = scene.path(&format!("KSE/{page}"));
        assert_eq!(manager.get(&path).await.status, 403, "{path}");
    }
    let member = scene.server.person("member@example.com").await;
    assert_eq!(member.get("/api/v2/accounts/1/licenses").await.status, 403);
    scene.server.stop().await;
});
