//! The queue: retries, parked mails, kills, sending again.

use chrono::Duration;
use serde_json::{Value, json};
use testkeep_server::testing::{Job, Kind};
use testkeep_store::sql;
use testkeep_tests::api::{Caller, TestServer};
use testkeep_tests::mail_server::MailServer;
use testkeep_tests::on_both_databases;

use super::{ACCOUNT, configure, newest, wait_for_mails, wait_for_state, with_mail};

async fn invite(owner: &Caller, address: &str) {
    let name = format!("Invites {address}");
    let id = owner.post("/api/v2/organizations", &json!({ "name": name })).await.body["id"].clone();
    let path = format!("/api/v2/organizations/{id}/invitations");
    assert_eq!(owner.post(&path, &json!({ "addresses": address })).await.status, 200);
}

async fn jobs(server: &TestServer) -> (i64, i64) {
    testkeep_store::job::count_jobs(&server.app.db).await.unwrap()
}

on_both_databases!(a_permanent_no_is_final, |server| {
    let (owner, mail) = with_mail(&server).await;
    invite(&owner, "refused@example.com").await;
    let failed = wait_for_state(&owner, "failed").await;
    assert_eq!(failed["last_error"], "550 5.1.1 No such mailbox here");
    assert_eq!(failed["attempts"], 1);
    assert!(mail.mails().is_empty());
    assert_eq!(jobs(&server).await, (0, 1), "parked");
    // Sent again by a person.
    let path = format!("{ACCOUNT}/mails/{}/resend", failed["id"]);
    assert_eq!(owner.post(&path, &json!({})).await.status, 204);
    // Refused again.
    server.stop_leaving(0, 2).await;
});

on_both_databases!(a_later_is_tried_again_for_a_day, |server| {
    let (owner, _mail) = with_mail(&server).await;
    invite(&owner, "later@example.com").await;
    let mut attempts = 0;
    for _ in 0..40 {
        for _ in 0..100 {
            let mail = newest(&owner).await;
            if mail["attempts"].as_i64().unwrap() > attempts && mail["last_error"].is_string() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let mail = newest(&owner).await;
        attempts = mail["attempts"].as_i64().unwrap();
        if mail["state"] == "failed" {
            break;
        }
        assert_eq!(mail["state"], "queued", "{mail}");
        server.forward(Duration::minutes(241));
        server.app.queue.wake(Kind::ALL);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let given_up = newest(&owner).await;
    assert_eq!(given_up["state"], "failed");
    assert!((5..=12).contains(&attempts), "{attempts} attempts in a day of four hours each");
    server.stop_leaving(0, 1).await;
});

on_both_databases!(what_was_being_handed_over_in_a_crash_is_not_sent_twice, |server| {
    let (owner, mail) = with_mail(&server).await;
    // As after a kill: the row says that the last line was going out, and its job still exists.
    let mut tx = server.app.db.begin().await.unwrap();
    let content = json!({ "kind": "added", "by": "ada@example.com",
                          "place": { "level": "team", "name": "Parsers", "path": "/teams/1" } });
    sql("INSERT INTO mail_message (kind, recipient, subject, content, state, created_at)
         VALUES ('added', 'grace@example.com', 'You are now in Parsers', $1, 'handing_over', $2)")
    .bind(content.to_string())
    .bind(server.clock.now())
    .execute(&mut tx)
    .await
    .unwrap();
    let (id,): (i64,) = sql("SELECT id FROM mail_message").fetch_one(&mut tx).await.unwrap();
    let job = Job::SendMail { message_id: id };
    Job::write(&[job], &mut tx, server.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    server.app.queue.wake(Kind::ALL);
    let unknown = wait_for_state(&owner, "unknown").await;
    assert!(unknown["last_error"].as_str().unwrap().contains("may have arrived"));
    assert!(mail.mails().is_empty());
    // A person decides about it.
    let path = format!("{ACCOUNT}/mails/{id}/resend");
    assert_eq!(owner.post(&path, &json!({})).await.status, 204);
    assert_eq!(mail.wait_for(1).await.len(), 1);
    assert_eq!(wait_for_state(&owner, "sent").await["last_error"], Value::Null);
    server.stop().await;
});

on_both_databases!(a_claim_that_ran_out_comes_back, |server| {
    let (owner, mail) = with_mail(&server).await;
    invite(&owner, "grace@example.com").await;
    mail.wait_for(1).await;
    wait_for_state(&owner, "sent").await;
    // A worker that was killed before it began.
    let mut tx = server.app.db.begin().await.unwrap();
    sql("UPDATE mail_message SET state = 'queued'").execute(&mut tx).await.unwrap();
    let (id,): (i64,) = sql("SELECT id FROM mail_message").fetch_one(&mut tx).await.unwrap();
    let job = Job::SendMail { message_id: id };
    Job::write(&[job], &mut tx, server.clock.now()).await.unwrap();
    sql("UPDATE job SET claimed_until = $1")
        .bind(server.clock.now() + Duration::minutes(3))
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    server.app.queue.wake(Kind::ALL);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(mail.mails().len(), 1, "somebody holds it");
    server.forward(Duration::minutes(4));
    server.app.queue.wake(Kind::ALL);
    assert_eq!(mail.wait_for(2).await.len(), 2);
    server.stop().await;
});

on_both_databases!(an_unknown_job_is_parked_with_the_reason, |server| {
    server.set_up().await;
    let mut tx = server.app.db.begin().await.unwrap();
    for payload in ["{}", "not JSON"] {
        let job = testkeep_store::job::NewJob { name: "from_the_future", payload: payload.into() };
        testkeep_store::job::create_jobs(&mut tx, &[job], server.clock.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    server.app.queue.wake(Kind::ALL);
    server.stop_leaving(0, 2).await;
});

on_both_databases!(a_mail_whose_reason_is_gone_is_not_sent, |server| {
    let (owner, _mail) = with_mail(&server).await;
    // No mail server answers, until the invitation is revoked.
    configure(&owner, 1).await;
    let id = owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await.body["id"].clone();
    let path = format!("/api/v2/organizations/{id}/invitations");
    let invited = owner.post(&path, &json!({ "addresses": "grace@example.com" })).await;
    let invitation = invited.body["results"][0]["invitation"]["id"].clone();
    assert_eq!(owner.delete(&format!("/api/v2/invitations/{invitation}")).await.status, 204);
    let mail = MailServer::start();
    configure(&owner, mail.port).await;
    server.forward(Duration::minutes(2));
    server.app.queue.wake(Kind::ALL);
    let failed = wait_for_state(&owner, "failed").await;
    assert!(failed["last_error"].as_str().unwrap().contains("revoked"), "{failed}");
    assert!(mail.mails().is_empty());
    server.stop().await;
});

// A mail that waits for a working mail server may wait longer than its link is valid.
on_both_databases!(no_mail_brings_a_link_that_has_ended, |server| {
    let (owner, _mail) = with_mail(&server).await;
    configure(&owner, 1).await;
    invite(&owner, "grace@example.com").await;
    let organization = owner.organization("Compilers").await;
    let path = format!("/api/v2/organizations/{organization}/invitations");
    let alan = owner.post(&path, &json!({ "addresses": "alan@example.com" })).await;
    let alan = alan.body["results"][0]["invitation"]["id"].clone();
    let reset = json!({ "email": "ada@example.com" });
    assert_eq!(server.anonymous().post("/api/v2/password-resets", &reset).await.status, 202);
    wait_for_mails(&owner, "queued", 3).await;
    // Sent again after six days, Alan's invitation has a new link.
    server.forward(Duration::days(6));
    let owner = server.owner().await;
    let again = owner.post(&format!("/api/v2/invitations/{alan}/resend"), &json!({})).await;
    assert!((200..300).contains(&again.status), "{} {}", again.status, again.body);
    server.forward(Duration::days(1) + Duration::minutes(1));
    let mail = MailServer::start();
    configure(&owner, mail.port).await;
    server.app.queue.wake(Kind::ALL);
    mail.wait_for(1).await;
    wait_for_mails(&owner, "failed", 2).await;
    let mails = owner.get(&format!("{ACCOUNT}/mails?per_page=100")).await.body;
    let why = |kind: &str, recipient: &str| {
        let mut failed = mails["items"].as_array().unwrap().iter().filter(|mail| mail["state"] == "failed");
        let found = failed.find(|mail| mail["kind"] == kind && mail["recipient"] == recipient);
        found.unwrap_or_else(|| panic!("{mails}"))["last_error"].as_str().unwrap().to_owned()
    };
    assert!(why("invitation", "grace@example.com").contains("ended before this mail was sent"));
    assert!(why("password_reset", "ada@example.com").contains("ended before this mail was sent"));
    // A person cannot send it again either.
    let failed =
        mails["items"].as_array().unwrap().iter().find(|mail| mail["recipient"] == "grace@example.com");
    let path = format!("{ACCOUNT}/mails/{}/resend", failed.unwrap()["id"]);
    assert_eq!(owner.post(&path, &json!({})).await.status, 204);
    wait_for_mails(&owner, "failed", 2).await;
    let recipients: Vec<_> = mail.mails().into_iter().flat_map(|mail| mail.recipients).collect();
    assert!(recipients.iter().all(|recipient| recipient == "alan@example.com"), "{recipients:?}");
    server.stop().await;
});

on_both_databases!(no_mail_invites_for_somebody_who_may_not_invite_any_more, |server| {
    let (owner, _mail) = with_mail(&server).await;
    configure(&owner, 1).await;
    let organization = owner.organization("Compilers").await;
    let place = format!("/api/v2/organizations/{organization}");
    let admin = server.person_in(organization, "admin@example.com", "admin").await;
    let invited =
        admin.post(&format!("{place}/invitations"), &json!({ "addresses": "grace@example.com" })).await;
    assert_eq!(invited.status, 200, "{}", invited.body);
    server.join(admin.id, organization, "member").await;
    let mail = MailServer::start();
    configure(&owner, mail.port).await;
    server.forward(Duration::minutes(2));
    server.app.queue.wake(Kind::ALL);
    for _ in 0..200 {
        let mails = owner.get(&format!("{ACCOUNT}/mails?per_page=100")).await.body;
        let mut items = mails["items"].as_array().unwrap().iter();
        if let Some(failed) = items.find(|it| it["kind"] == "invitation" && it["state"] == "failed") {
            assert!(
                failed["last_error"].as_str().unwrap().contains("may no longer invite people"),
                "{failed}"
            );
            server.stop().await;
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the invitation's mail was not given up");
});

on_both_databases!(an_organization_sees_its_own_mails_alone, |server| {
    let (owner, mail) = with_mail(&server).await;
    invite(&owner, "grace@example.com").await;
    mail.wait_for(1).await;
    let other = owner.post("/api/v2/organizations", &json!({ "name": "Others" })).await.body["id"].clone();
    let path = format!("/api/v2/organizations/{other}/mails");
    assert_eq!(owner.get(&path).await.body["total"], 0);
    let id = newest(&owner).await["id"].clone();
    assert_eq!(owner.post(&format!("{path}/{id}/resend"), &json!({})).await.status, 404);
    server.stop().await;
});
