//! Rows with words (for example kinds) of another version are listed unchanged; a request with such a word is refused.

use serde_json::Value;
use testkeep_store::audit::create_audit_events;
use testkeep_store::mail::{NewMailMessage, create_mail_messages};
use testkeep_store::people::members::create_removed_members;
use testkeep_tests::api::{Caller, start_of_time};
use testkeep_tests::on_both_databases;

use crate::audit::newest_events;

async fn first(owner: &Caller, path: &str) -> Value {
    let answer = owner.get(path).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["items"][0].clone()
}

on_both_databases!(words_of_another_version_are_listed, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let db = &server.app.db;
    let mut event = testkeep_store::audit::list_audit_events_after(db, i64::MIN, 1).await.unwrap().remove(0);
    (event.number, event.action, event.level) = (1_000_000, "teleport".into(), "planet".into());
    let mut tx = db.begin().await.unwrap();
    create_audit_events(&mut tx, &[event]).await.unwrap();
    let mail = NewMailMessage {
        scope_id: None,
        route: "account",
        kind: "telegram",
        recipient: "ada@example.com",
        subject: "Stop",
        content: "{}",
        invitation_id: None,
    };
    create_mail_messages(&mut tx, &[mail], start_of_time()).await.unwrap();
    let me = owner.get("/api/v2/me").await.body["user"]["id"].as_i64().unwrap();
    create_removed_members(&mut tx, 1, [(me, "wizard")], "console", start_of_time()).await.unwrap();
    tx.commit().await.unwrap();

    let listed = newest_events(&owner, 1).await.remove(0);
    assert_eq!((&listed["action"], &listed["level"]), (&"teleport".into(), &"planet".into()));
    assert_eq!(first(&owner, "/api/v2/accounts/1/audit-events?search=teleport").await["action"], "teleport");
    assert_eq!(owner.get("/api/v2/accounts/1/audit-events/export").await.status, 200);
    assert_eq!(first(&owner, "/api/v2/accounts/1/mails").await["kind"], "telegram");
    assert_eq!(first(&owner, "/api/v2/accounts/1/removed-users").await["role"], "wizard");
    server.stop().await;
});

on_both_databases!(a_filter_takes_known_words_alone, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    for (action, status) in [("sign_in", 200), ("teleport", 422), ("", 422), ("%00", 422)] {
        let answer = owner.get(&format!("/api/v2/accounts/1/audit-events?action={action}")).await;
        assert_eq!(answer.status, status, "{action}");
    }
    server.stop().await;
});
