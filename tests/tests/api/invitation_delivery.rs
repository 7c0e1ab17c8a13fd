//! How far each invitation came: its mail, its link, its end; and the list of those in one state.

use chrono::Duration;
use serde_json::{Value, json};
use testkeep_store::mail::{NewMailMessage, create_mail_messages, update_mail_state};
use testkeep_tests::api::{Caller, TestServer};
use testkeep_tests::on_both_databases;

async fn invite(owner: &Caller, id: i64, email: &str) -> Value {
    let body = json!({ "addresses": email });
    let answer = owner.post(&format!("/api/v2/organizations/{id}/invitations"), &body).await;
    answer.body["results"][0]["invitation"].clone()
}

/// The row of a mail with this state, as the queue writes it.
async fn mail(
    server: &TestServer,
    scope_id: Option<i64>,
    invitation: &Value,
    state: &str,
    error: Option<&str>,
) {
    let mut tx = server.app.db.begin().await.unwrap();
    let message = NewMailMessage {
        scope_id,
        route: if scope_id.is_some() { "organization" } else { "account" },
        kind: "invitation",
        recipient: invitation["email"].as_str().unwrap(),
        subject: "You are invited",
        content: "{}",
        invitation_id: invitation["id"].as_i64(),
    };
    let now = server.clock.now();
    let ids = create_mail_messages(&mut tx, &[message], now).await.unwrap();
    let sent_at = (state == "sent").then_some(now);
    update_mail_state(&mut tx, ids[0], state, error, None, sent_at).await.unwrap();
    tx.commit().await.unwrap();
}

async fn delivery(owner: &Caller, id: i64, email: &str) -> Value {
    let list = owner.get(&format!("/api/v2/organizations/{id}/invitations?search={email}")).await;
    list.body["items"][0]["delivery"].clone()
}

async fn in_state(owner: &Caller, id: i64, state: &str) -> Vec<String> {
    owner
        .column(
            &format!("/api/v2/organizations/{id}/invitations?delivery={state}&sort=email&order=asc"),
            "email",
        )
        .await
}

on_both_databases!(each_row_says_how_far_it_came, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Compilers").await;
    let by_hand = invite(&owner, id, "hand@example.com").await;
    assert_eq!(by_hand["delivery"]["state"], "not_mailed");
    for (name, state, error) in [
        ("gone", "failed", Some("550 No such user here.")),
        ("queue", "queued", Some("450 Try later.")),
        ("handed", "handing_over", None),
        ("sent", "sent", None),
        ("lost", "unknown", Some("The server stopped.")),
    ] {
        let invitation = invite(&owner, id, &format!("{name}@example.com")).await;
        mail(&server, Some(id), &invitation, state, error).await;
    }
    let gone = delivery(&owner, id, "gone").await;
    assert_eq!((&gone["state"], &gone["reason"]), (&json!("failed"), &json!("550 No such user here.")));
    assert_eq!(delivery(&owner, id, "queue").await["reason"], "450 Try later.");
    assert!(delivery(&owner, id, "sent").await["at"].is_string());
    for (state, emails) in [
        ("not_mailed", vec!["hand@example.com"]),
        ("failed", vec!["gone@example.com"]),
        ("queued", vec!["handed@example.com", "queue@example.com"]),
        ("sent", vec!["sent@example.com"]),
        ("unknown", vec!["lost@example.com"]),
        ("opened", vec![]),
        ("expired", vec![]),
    ] {
        assert_eq!(in_state(&owner, id, state).await, emails, "{state}");
    }
    let wrong = owner.get(&format!("/api/v2/organizations/{id}/invitations?delivery=flying")).await;
    assert_eq!(wrong.status, 422);
    server.stop().await;
});

on_both_databases!(a_link_that_was_looked_at_is_opened_and_a_new_one_is_not, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Compilers").await;
    let invitation = invite(&owner, id, "grace@example.com").await;
    let link = invitation["link"].as_str().unwrap().split_once("#token=").unwrap().1.to_owned();
    // The inviter tries the link: that is refused, and does not count.
    assert_eq!(owner.post("/api/v2/invitation-link/look", &json!({ "token": link })).await.status, 403);
    assert_eq!(delivery(&owner, id, "grace").await["state"], "not_mailed");
    let look = server.anonymous().post("/api/v2/invitation-link/look", &json!({ "token": link })).await;
    assert_eq!(look.status, 200, "{}", look.body);
    let opened = delivery(&owner, id, "grace").await;
    assert_eq!(opened["state"], "opened");
    server.forward(Duration::hours(1));
    server.anonymous().post("/api/v2/invitation-link/look", &json!({ "token": link })).await;
    assert_eq!(delivery(&owner, id, "grace").await, opened, "the first time counts");
    assert_eq!(in_state(&owner, id, "opened").await, ["grace@example.com"]);
    let renewed = owner.post(&format!("/api/v2/invitations/{}/resend", invitation["id"]), &json!({})).await;
    assert_eq!(renewed.body["delivery"]["state"], "not_mailed");
    server.forward(Duration::days(8));
    let owner = server.owner().await;
    assert_eq!(delivery(&owner, id, "grace").await["state"], "expired");
    assert_eq!(in_state(&owner, id, "expired").await, ["grace@example.com"]);
    assert_eq!(in_state(&owner, id, "not_mailed").await, Vec::<String>::new());
    server.stop().await;
});

on_both_databases!(an_organization_does_not_read_what_the_accounts_mail_server_said, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let id = owner.organization("Compilers").await;
    let invitation = invite(&owner, id, "grace@example.com").await;
    mail(&server, None, &invitation, "failed", Some("mx.account.example.com said 550")).await;
    let shown = delivery(&owner, id, "grace").await;
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("failed"), &Value::Null));
    server.stop().await;
});
