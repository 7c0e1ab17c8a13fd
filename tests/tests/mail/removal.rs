//! Mails about a removal that can be undone: they wait for the time to undo, and are not sent after an undo.

use chrono::Duration;
use serde_json::json;
use testkeep_server::testing::Kind;
use testkeep_tests::api::Caller;
use testkeep_tests::on_both_databases;

use super::{ACCOUNT, wait_for_mails, with_mail};

/// Removes a person from an organization or a team, by the list that screens use; returns the path of the undo.
async fn remove(owner: &Caller, place: &str, user_id: i64) -> String {
    let answer = owner.post(&format!("{place}/users/remove"), &json!({ "user_ids": [user_id] })).await;
    assert_eq!(
        (answer.status, &answer.body["results"][0]["outcome"]),
        (200, &json!("done")),
        "{}",
        answer.body
    );
    format!("/api/v2/undo/{}", answer.body["undo"]["id"])
}

async fn mails(owner: &Caller) -> i64 {
    owner.get(&format!("{ACCOUNT}/mails")).await.body["total"].as_i64().unwrap()
}

on_both_databases!(a_removal_is_told_when_it_cannot_be_undone_any_more, |server| {
    let (owner, mail) = with_mail(&server).await;
    let id = owner.organization("Compilers").await;
    let organization = format!("/api/v2/organizations/{id}");
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let linus = server.person_in(id, "linus@example.com", "member").await;
    let undo = remove(&owner, &organization, grace.id).await;
    remove(&owner, &organization, linus.id).await;
    server.forward(Duration::seconds(59));
    server.app.queue.wake(Kind::ALL);
    assert_eq!(owner.post(&undo, &json!({})).await.status, 200);
    assert_eq!(mails(&owner).await, 0, "nobody is told within the minute");

    server.forward(Duration::seconds(2));
    server.app.queue.wake(Kind::ALL);
    wait_for_mails(&owner, "sent", 1).await;
    let told = mail.wait_for(1).await.remove(0);
    assert_eq!(told.recipients, ["linus@example.com"]);
    assert!(told.text().contains("removed you from the organization “Compilers”"), "{}", told.text());

    // The undone removal left nothing behind. A later one is told, once.
    remove(&owner, &organization, grace.id).await;
    server.forward(Duration::seconds(61));
    server.app.queue.wake(Kind::ALL);
    wait_for_mails(&owner, "sent", 2).await;
    let recipients: Vec<_> = mail.wait_for(2).await.into_iter().flat_map(|mail| mail.recipients).collect();
    assert_eq!(recipients, ["linus@example.com", "grace@example.com"]);
    assert_eq!(mails(&owner).await, 2);
    server.stop().await;
});
