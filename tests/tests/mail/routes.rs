//! Which mail server carries which mail. Mails of the account use the account's settings only, because a person who
//! configures a mail server can read its mails.

use serde_json::{Value, json};
use testkeep_server::testing::{Job, Kind};
use testkeep_store::sql;
use testkeep_tests::api::{Answer, Caller, EMAIL, TestServer};
use testkeep_tests::mail_server::MailServer;
use testkeep_tests::on_both_databases;
use testkeep_tests::people::Person;

use super::{ACCOUNT, configure, newest, settings, wait_for_mails, wait_for_state};

async fn ask(server: &TestServer, email: &str) -> Answer {
    server.anonymous().post("/api/v2/password-resets", &json!({ "email": email })).await
}

/// An organization with Eve as Admin, which sends through her own mail server.
async fn organization_of_eve(server: &TestServer, owner: &Caller) -> (i64, Person, MailServer) {
    let id = owner.organization("Of Eve").await;
    let eve = server.person_in(id, "eve@example.com", "admin").await;
    let mail = MailServer::start();
    let saved = eve.put(&format!("/api/v2/organizations/{id}/mail-settings"), &settings(mail.port)).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    (id, eve, mail)
}

pub(crate) async fn wait_until_idle(server: &TestServer) {
    while testkeep_store::job::count_jobs(&server.app.db).await.unwrap().0 > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Queues a job, as another version or an earlier moment left it.
async fn queue(server: &TestServer, job: Job) {
    let mut tx = server.app.db.begin().await.unwrap();
    Job::write(&[job], &mut tx, server.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    server.app.queue.wake(Kind::ALL);
}

on_both_databases!(no_organizations_settings_carry_a_reset, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let (first, eve, first_mail) = organization_of_eve(&server, &owner).await;
    let second = owner.organization("Second").await;
    let second_mail = MailServer::start();
    let path = format!("/api/v2/organizations/{second}/mail-settings");
    assert_eq!(owner.put(&path, &settings(second_mail.port)).await.status, 200);
    // The answer is true, and the same for everybody.
    assert_eq!(server.anonymous().get("/api/v2/status").await.body["mail"], false);
    for email in [EMAIL, "eve@example.com", "nobody@example.com"] {
        let answer = ask(&server, email).await;
        assert_eq!((answer.status, answer.code()), (409, "conflict"));
        assert!(answer.message().starts_with("No mail server is configured for the account."), "{email}");
    }
    // The account's settings were removed after the request.
    queue(&server, Job::RequestPasswordReset { email: EMAIL.into() }).await;
    wait_until_idle(&server).await;
    assert_eq!(owner.get(&format!("{ACCOUNT}/mails")).await.body["total"], 0);
    // A row of an earlier version, with the organization in it.
    let mut tx = server.app.db.begin().await.unwrap();
    sql("INSERT INTO mail_message (scope_id, route, kind, recipient, subject, content, state, created_at)
         VALUES ($1, 'organization', 'password_reset', $2, 'Reset your password', $3, 'queued', $4)")
    .bind(first)
    .bind(EMAIL)
    .bind(r#"{"kind":"password_reset","reset_id":1}"#)
    .bind(server.clock.now())
    .execute(&mut tx)
    .await
    .unwrap();
    let (id,): (i64,) = sql("SELECT id FROM mail_message").fetch_one(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    queue(&server, Job::SendMail { message_id: id }).await;
    while newest(&owner).await["last_error"].is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let resend = format!("/api/v2/organizations/{first}/mails/{id}/resend");
    assert_eq!(eve.post(&resend, &json!({})).await.status, 404);
    assert!(first_mail.mails().is_empty() && second_mail.mails().is_empty());
    server.stop_leaving(1, 0).await;
});

/// Recipients of mails through this server, sorted.
async fn recipients(mail: &MailServer, count: usize) -> Vec<String> {
    let mails = mail.wait_for(count).await;
    let mut found: Vec<String> = mails.into_iter().flat_map(|mail| mail.recipients).collect();
    found.sort();
    found
}

on_both_databases!(each_mail_goes_through_its_places_settings, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let account_mail = MailServer::start();
    configure(&owner, account_mail.port).await;
    let (id, eve, eves_mail) = organization_of_eve(&server, &owner).await;
    let without = owner.organization("Without").await;
    // Mails of Eve's organization, and of a team in it.
    let user = format!("/api/v2/organizations/{id}/users");
    let grace = server.person_in(id, "grace@example.com", "member").await;
    assert_eq!(owner.patch(&format!("{user}/{}", grace.id), &json!({ "role": "admin" })).await.status, 200);
    let team =
        owner.create(&format!("/api/v2/organizations/{id}/teams"), &json!({ "name": "Parsers" })).await;
    let members = json!({ "user_ids": [grace.id], "group_ids": [] });
    assert_eq!(owner.post(&format!("/api/v2/teams/{team}/users"), &members).await.body["added"], 1);
    let invite = async |place: &str, email: &str| {
        let answer = owner.post(&format!("{place}/invitations"), &json!({ "addresses": email })).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    };
    invite(&format!("/api/v2/organizations/{id}"), "new@eve.example").await;
    // Mails of another organization and of the account do not use it, although Eve's organization has these people,
    // too.
    invite(&format!("/api/v2/organizations/{without}"), "new@without.example").await;
    invite(ACCOUNT, "new@account.example").await;
    assert_eq!(ask(&server, EMAIL).await.status, 202);
    assert_eq!(ask(&server, "eve@example.com").await.status, 202);
    let path = format!("{ACCOUNT}/users/{}", grace.id);
    assert_eq!(owner.patch(&path, &json!({ "role": "billing_manager" })).await.status, 200);
    assert_eq!(
        recipients(&eves_mail, 3).await,
        ["grace@example.com", "grace@example.com", "new@eve.example"]
    );
    // The log of her organization lists only its own mails.
    let logged = eve.column(&format!("/api/v2/organizations/{id}/mails"), "recipient").await;
    assert_eq!(logged, ["new@eve.example", "grace@example.com", "grace@example.com"]);
    for mail in owner.get(&format!("{ACCOUNT}/mails")).await.body["items"].as_array().unwrap() {
        let seen = logged.iter().any(|recipient| mail["recipient"] == recipient.as_str())
            && mail["subject"] != "Your role in Testkeep changed";
        let path = format!("/api/v2/organizations/{id}/mails/{}/resend", mail["id"]);
        if !seen {
            assert_eq!(eve.post(&path, &json!({})).await.status, 404, "{mail}");
        }
    }
    wait_until_idle(&server).await;
    server.clock.set(testkeep_tests::api::start_of_time() + chrono::Duration::days(336));
    testkeep_server::testing::remind_of_license_end(&server.app).await.unwrap();
    assert_eq!(
        recipients(&account_mail, 6).await,
        [EMAIL, EMAIL, "eve@example.com", "grace@example.com", "new@account.example", "new@without.example"]
    );
    wait_until_idle(&server).await;
    assert_eq!(eves_mail.mails().len(), 3);
    server.stop().await;
});

on_both_databases!(a_route_stays_what_it_was, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let account_mail = MailServer::start();
    configure(&owner, account_mail.port).await;
    let (id, eve, eves_mail) = organization_of_eve(&server, &owner).await;
    let path = format!("/api/v2/organizations/{id}");
    let own = format!("{path}/mail-settings");
    // Queued while her mail server does not answer; then her settings are removed: the account's server carries the
    // mail, as documented.
    assert_eq!(eve.put(&own, &settings(1)).await.status, 200);
    assert_eq!(
        owner.post(&format!("{path}/invitations"), &json!({ "addresses": "a@eve.example" })).await.status,
        200
    );
    while newest(&owner).await["last_error"].is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(eve.delete(&own).await.status, 204);
    server.forward(chrono::Duration::minutes(2));
    server.app.queue.wake(Kind::ALL);
    assert_eq!(account_mail.wait_for(1).await[0].recipients, ["a@eve.example"]);
    // A mail of the account that is sent again uses the account's settings, even if others were added since.
    assert_eq!(ask(&server, EMAIL).await.status, 202);
    account_mail.wait_for(2).await;
    let sent = wait_for_state(&owner, "sent").await;
    assert_eq!(eve.put(&own, &settings(eves_mail.port)).await.status, 200);
    let again = format!("{ACCOUNT}/mails/{}/resend", sent["id"]);
    assert_eq!(owner.post(&again, &json!({})).await.status, 204);
    assert_eq!(account_mail.wait_for(3).await[2].recipients, [EMAIL]);
    // Mails of a deleted organization are not sent.
    assert_eq!(eve.put(&own, &settings(1)).await.status, 200);
    let grace = server.person_in(id, "grace@example.com", "member").await;
    let user = format!("{path}/users/{}", grace.id);
    assert_eq!(owner.patch(&user, &json!({ "role": "admin" })).await.status, 200);
    while newest(&owner).await["last_error"].is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(owner.delete(&format!("{path}?confirm=Of%20Eve")).await.status, 204);
    server.forward(chrono::Duration::hours(5));
    server.app.queue.wake(Kind::ALL);
    let gone = wait_for_state(&owner, "failed").await;
    assert_eq!(gone["last_error"], "The organization was deleted before this mail was sent.");
    assert!(eves_mail.mails().is_empty());
    assert_eq!(account_mail.mails().len(), 3);
    server.stop().await;
});

on_both_databases!(an_admins_settings_carry_links_of_members_alone, |server| {
    server.set_up().await;
    let owner = server.owner().await;
    let admin = server.person_in(1, "admin@example.com", "admin").await;
    let mail = MailServer::start();
    configure(&admin, mail.port).await;
    assert_eq!(ask(&server, EMAIL).await.status, 202);
    let kept = wait_for_state(&owner, "failed").await;
    assert!(kept["last_error"].as_str().unwrap().contains("not saved by an Owner"), "{kept}");
    // Nor for a person who may do what an account Admin may not: an Owner of an organization, another Admin.
    let organization = owner.organization("Compilers").await;
    server.person_in(organization, "grace@example.com", "owner").await;
    server.person_in(organization, "member@example.com", "member").await;
    for above in ["grace@example.com", "admin@example.com"] {
        assert_eq!(ask(&server, above).await.status, 202);
    }
    assert_eq!(ask(&server, "member@example.com").await.status, 202);
    assert_eq!(mail.wait_for(1).await[0].recipients, ["member@example.com"]);
    wait_for_mails(&owner, "failed", 3).await;
    assert_eq!(mail.mails().len(), 1);
    // From now on an Owner is responsible for the settings; also when an Admin saves them unchanged, but not when the
    // Admin changes the server.
    configure(&owner, mail.port).await;
    configure(&admin, mail.port).await;
    assert_eq!(ask(&server, EMAIL).await.status, 202);
    assert_eq!(mail.wait_for(2).await[1].recipients, [EMAIL]);
    let elsewhere = MailServer::start();
    configure(&admin, elsewhere.port).await;
    assert_eq!(ask(&server, EMAIL).await.status, 202);
    wait_for_mails(&owner, "failed", 4).await;
    assert!(elsewhere.mails().is_empty());
    let by_hand = owner.get(&format!("{ACCOUNT}/mail-settings")).await.body;
    assert_ne!(by_hand["own"], Value::Null);
    server.stop().await;
});
