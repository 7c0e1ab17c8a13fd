//! People who come in by a mailed link and the mail server it came through; and links that no longer work.

use serde_json::json;
use testkeep_tests::api::{Answer, Caller, PASSWORD, TestServer};
use testkeep_tests::mail_server::MailServer;
use testkeep_tests::on_both_databases;

use super::routes::wait_until_idle;
use super::{settings, with_mail};

const GRACE: &str = "grace@example.com";

/// Grace had a user and was removed.
async fn removed(server: &TestServer, owner: &Caller) {
    let grace = server.person(GRACE).await;
    assert_eq!(owner.delete(&format!("/api/v2/accounts/1/users/{}", grace.id)).await.status, 204);
}

async fn state(server: &TestServer, token: &str) -> Answer {
    server.anonymous().post("/api/v2/invitation-link/look", &json!({ "token": token })).await
}

async fn choose(server: &TestServer, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    server.anonymous().post("/api/v2/invitation-link/password", &body).await
}

async fn invite(owner: &Caller, place: &str) -> String {
    let answer = owner.post(&format!("{place}/invitations"), &json!({ "addresses": GRACE })).await;
    let link = answer.body["results"][0]["invitation"]["link"].as_str();
    link.unwrap_or_else(|| panic!("{}", answer.body)).split_once("#token=").unwrap().1.to_owned()
}

on_both_databases!(the_mail_lets_somebody_come_back_and_the_shown_link_does_not, |server| {
    let (owner, mail) = with_mail(&server).await;
    removed(&server, &owner).await;
    let shown = invite(&owner, "/api/v2/accounts/1").await;
    // The other mail says that she was removed.
    let mails = mail.wait_for(2).await;
    let mailed = mails.iter().find(|mail| mail.text().contains("/invitation#token=")).unwrap().token();
    assert_ne!(shown, mailed);
    assert_eq!(state(&server, &shown).await.body["state"], "confirm_password");
    assert_eq!(choose(&server, &shown, "the inviter was here").await.status, 422);
    assert_eq!(state(&server, &mailed).await.body["state"], "must_set_password");
    assert_eq!(choose(&server, &mailed, "grace is back here").await.status, 204);
    assert_eq!(choose(&server, &shown, PASSWORD).await.code(), "link_used");
    assert_eq!(server.sign_in(GRACE, "grace is back here").await.status, 201);
    let events = owner.get("/api/v2/accounts/1/audit-events?action=set_password_by_invitation").await.body;
    assert_eq!(events["items"][0]["details"]["link"], "mailed", "{events}");
    server.stop().await;
});

on_both_databases!(a_mail_server_of_those_who_invite_proves_nothing, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    removed(&server, &owner).await;
    let created = owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await;
    let place = format!("/api/v2/organizations/{}", created.body["id"]);
    let own = MailServer::start();
    assert_eq!(owner.put(&format!("{place}/mail-settings"), &settings(own.port)).await.status, 200);
    invite(&owner, &place).await;
    let token = own.wait_for(1).await[0].token();
    assert_eq!(state(&server, &token).await.body["state"], "confirm_password");
    // When the account has a mail server, the mail goes through that one.
    let account = MailServer::start();
    assert_eq!(owner.put("/api/v2/accounts/1/mail-settings", &settings(account.port)).await.status, 200);
    invite(&owner, &place).await;
    let token = account.wait_for(1).await[0].token();
    assert_eq!(state(&server, &token).await.body["state"], "must_set_password");
    assert_eq!(own.mails().len(), 1);
    server.stop().await;
});

on_both_databases!(a_reset_link_ends_with_the_account, |server| {
    let (owner, mail) = with_mail(&server).await;
    let grace = server.person(GRACE).await;
    let account = format!("/api/v2/accounts/1/users/{}", grace.id);
    let ask = async || {
        let answer = server.anonymous().post("/api/v2/password-resets", &json!({ "email": GRACE })).await;
        assert_eq!(answer.status, 202, "the answer does not tell");
    };
    let look = async |token: &str| {
        let answer =
            server.anonymous().post("/api/v2/password-resets/look", &json!({ "token": token })).await;
        answer.status
    };
    ask().await;
    let first = mail.wait_for(1).await[0].token();
    assert_eq!(look(&first).await, 200);
    assert_eq!(owner.patch(&account, &json!({ "password_sign_in": false })).await.status, 200);
    assert_eq!(look(&first).await, 410, "closed");
    ask().await;
    wait_until_idle(&server).await;
    assert_eq!(owner.patch(&account, &json!({ "password_sign_in": true })).await.status, 200);
    assert_eq!(look(&first).await, 410, "opening brings no link back");
    ask().await;
    let mails = mail.wait_for(2).await;
    let resets: Vec<_> = mails.iter().filter(|mail| mail.text().contains("/reset-password#token=")).collect();
    assert_eq!(resets.len(), 2, "none while it was closed");
    let second = resets[1].token();
    server.forward(chrono::Duration::minutes(59));
    assert_eq!(look(&second).await, 200);
    server.forward(chrono::Duration::minutes(2));
    assert_eq!(look(&second).await, 410, "an hour");
    let late = json!({ "token": second, "password": "a late password" });
    let late = server.anonymous().post("/api/v2/password-resets/password", &late).await;
    assert_eq!(late.code(), "link_invalid");
    ask().await;
    let third = mail.wait_for(3).await.last().unwrap().token();
    assert_eq!(owner.delete(&account).await.status, 204);
    assert_eq!(look(&third).await, 410, "removed");
    server.stop().await;
});
