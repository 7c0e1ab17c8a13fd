//! Mail settings: who may change them, what is refused, and that a password is never returned.

use serde_json::{Value, json};
use testkeep_tests::on_both_databases;

use super::{ACCOUNT, settings, test_mail};

on_both_databases!(a_password_is_sealed_and_never_shown, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let path = format!("{ACCOUNT}/mail-settings");
    let mut new = settings(2525);
    new["username"] = "robot".into();
    new["password"] = "tr0ub4dor&3".into();
    let saved = owner.put(&path, &new).await;
    assert_eq!(
        (saved.status, &saved.body["own"]["has_password"]),
        (200, &Value::Bool(true)),
        "{}",
        saved.body
    );
    let shown = [saved.body.to_string(), owner.get(&path).await.body.to_string()].concat();
    assert!(!shown.contains("tr0ub4dor"), "{shown}");
    let rows: Vec<(Vec<u8>,)> = testkeep_store::sql("SELECT password_sealed FROM mail_setting")
        .fetch_all(&server.app.db)
        .await
        .unwrap();
    assert!(!rows[0].0.windows(9).any(|bytes| bytes == b"tr0ub4dor"));
    let log = owner.get("/api/v2/accounts/1/audit-events").await.body.to_string();
    assert!(log.contains("update_mail_settings") && !log.contains("tr0ub4dor"));
    // A password that is not sent is kept; an empty one removes it.
    new["password"] = Value::Null;
    // The password is not sent to another server that a person enters, neither when saving nor when testing.
    for (field, value) in [
        ("host", json!("127.0.0.2")),
        ("port", json!(2626)),
        ("protocol", json!("smtps")),
        ("username", json!("thief")),
    ] {
        let mut elsewhere = new.clone();
        elsewhere[field] = value;
        for refused in
            [owner.put(&path, &elsewhere).await, test_mail(&owner, &elsewhere, "ada@example.com").await]
        {
            assert_eq!(
                (refused.status, refused.body["error"]["fields"]["password"].is_string()),
                (422, true),
                "{field}"
            );
        }
    }
    assert_eq!(owner.put(&path, &new).await.body["own"]["has_password"], true);
    new["password"] = "".into();
    new["username"] = "".into();
    assert_eq!(owner.put(&path, &new).await.body["own"]["has_password"], false);
    server.stop().await;
});

on_both_databases!(an_organization_has_its_own_or_the_accounts, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await.body["id"].clone();
    let path = format!("/api/v2/organizations/{id}/mail-settings");
    assert_eq!(owner.get(&path).await.body, json!({ "own": null, "inherited": null, "trouble": null }));
    assert!(!owner.get("/api/v2/status").await.body["mail"].as_bool().unwrap());
    assert_eq!(owner.put(&format!("{ACCOUNT}/mail-settings"), &settings(2525)).await.status, 200);
    assert!(owner.get("/api/v2/status").await.body["mail"].as_bool().unwrap());
    assert_eq!(owner.get(&path).await.body["inherited"]["host"], "127.0.0.1");
    assert_eq!(owner.put(&path, &settings(2526)).await.body["own"]["port"], 2526);
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.delete(&path).await.status, 404);
    let member = server.person("member@example.com").await;
    server.join(member.id, id.as_i64().unwrap(), "member").await;
    assert_eq!(member.get(&path).await.status, 403);
    assert_eq!(member.put(&path, &settings(1)).await.status, 403);
    let stranger = server.person("stranger@example.com").await;
    assert_eq!(stranger.get(&path).await.status, 404);
    server.stop().await;
});

on_both_databases!(what_is_no_setting_is_refused_by_field, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let wrong = [
        ("host", json!("")),
        ("host", json!("smtp://mail")),
        ("host", json!("mail\r\nDATA")),
        ("port", json!(0)),
        ("port", json!(65536)),
        ("sender", json!("nobody")),
        ("sender", json!("a@b\r\nBcc: c@d")),
        ("username", json!("a\u{0}b")),
        ("password", json!("a\nb")),
    ];
    for (field, value) in wrong {
        let mut new = settings(25);
        new["username"] = "robot".into();
        new[field] = value.clone();
        let refused = owner.put(&format!("{ACCOUNT}/mail-settings"), &new).await;
        assert_eq!(
            (refused.status, refused.body["error"]["fields"][field].is_string()),
            (422, true),
            "{field}: {value}"
        );
        let tested = test_mail(&owner, &new, "ada@example.com").await;
        assert_eq!(tested.status, 422, "{field}: {value}");
    }
    for recipient in ["", "nobody", "a@b\r\nRCPT TO:<c@d>", "a@b,c@d"] {
        assert_eq!(test_mail(&owner, &settings(25), recipient).await.status, 422, "{recipient}");
    }
    server.stop().await;
});
