//! Mails: recipients, texts and links.

use chrono::Duration;
use serde_json::json;
use testkeep_server::testing::Authorized;
use testkeep_server::testing::Change;
use testkeep_tests::on_both_databases;

use testkeep_domain::account::EmailAddress;
use testkeep_server::testing::{Message, RunResult};
use testkeep_tests::api::TestServer;
use testkeep_tests::mail_server::{Mail, MailServer};

use super::{ACCOUNT, newest, wait_for_state, with_mail};

on_both_databases!(an_invitation_leads_to_a_signed_in_member, |server| {
    let (owner, mail) = with_mail(&server).await;
    let created = owner.post("/api/v2/organizations", &json!({ "name": "Compilers & <Friends>" })).await;
    let path = format!("/api/v2/organizations/{}/invitations", created.body["id"]);
    // Links use the configured URL, not the host of the request.
    let request = owner
        .request("POST", &path)
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example");
    let request = request.bearer_auth(owner.bearer.as_ref().unwrap());
    let answer = request.json(&json!({ "addresses": "grace@example.com" })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let received = mail.wait_for(1).await;
    let text = received[0].text();
    assert!(
        text.contains(&format!("{}/invitation#token=", server.url)) && !text.contains("evil.example"),
        "{text}"
    );
    assert!(text.contains("invited you to Compilers & <Friends>"), "the text part");
    assert!(
        text.contains("invited you to Compilers &#38; &#60;Friends&#62;"),
        "the HTML part is escaped: {text}"
    );
    let token = received[0].token();
    let body = json!({ "token": token, "password": "a password of hers" });
    assert_eq!(server.anonymous().post("/api/v2/invitation-link/password", &body).await.status, 204);
    assert_eq!(server.sign_in("grace@example.com", "a password of hers").await.status, 201);
    // She gets a mail that she is a member now.
    let received = mail.wait_for(2).await;
    assert!(received[1].content.contains("Subject: You are now in Compilers"), "{}", received[1].content);
    server.stop().await;
});

on_both_databases!(people_are_told_what_was_done_to_them, |server| {
    let (owner, mail) = with_mail(&server).await;
    let id = owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await.body["id"]
        .as_i64()
        .unwrap();
    let grace = server.person("grace@example.com").await;
    server.join(grace.id, id, "member").await;
    let user = format!("/api/v2/organizations/{id}/users/{}", grace.id);
    assert_eq!(owner.patch(&user, &json!({ "role": "admin" })).await.status, 200);
    let role = mail.wait_for(1).await.remove(0);
    assert_eq!(role.recipients, ["grace@example.com"]);
    let text = role.text();
    assert!(
        text.contains("Before: Member") && text.contains("Now: Admin") && text.contains("ada@example.com"),
        "{text}"
    );
    let team = owner.post(&format!("/api/v2/organizations/{id}/teams"), &json!({ "name": "Parsers" })).await;
    let team = format!("/api/v2/teams/{}", team.body["id"]);
    let added =
        owner.post(&format!("{team}/users"), &json!({ "user_ids": [grace.id], "group_ids": [] })).await;
    assert_eq!(added.body["added"], 1, "{}", added.body);
    assert!(mail.wait_for(2).await[1].text().contains("added you to the team “Parsers”"));
    assert_eq!(owner.delete(&format!("{team}/users/{}", grace.id)).await.status, 204);
    assert!(mail.wait_for(3).await[2].text().contains("removed you from the team “Parsers”"));
    // Mails that she switched off are not sent.
    let off = json!({ "kind": "removed", "enabled": false });
    assert_eq!(grace.patch("/api/v2/me/notifications", &off).await.status, 200);
    for kind in ["invitation", "password_reset", "nonsense"] {
        let answer =
            grace.patch("/api/v2/me/notifications", &json!({ "kind": kind, "enabled": false })).await;
        assert_eq!(answer.status, 422, "{kind}");
    }
    assert_eq!(owner.delete(&user).await.status, 204);
    wait_for_state(&owner, "sent").await;
    assert_eq!(owner.get(&format!("{ACCOUNT}/mails")).await.body["total"], 3);
    server.stop().await;
});

/// Mails about the license, after housekeeping ran twice.
async fn told(server: &TestServer, mail: &MailServer, count: usize) -> Vec<String> {
    for _ in 0..2 {
        testkeep_server::testing::run_housekeeping(&server.app).await.unwrap();
    }
    let mails = mail.wait_for(count).await;
    let subject =
        |mail: &Mail| mail.content.lines().find(|line| line.starts_with("Subject: ")).map(Into::into);
    mails.iter().filter_map(subject).collect()
}

on_both_databases!(what_was_due_while_the_server_was_off_is_told_after_the_start, |server| {
    let (_owner, mail) = with_mail(&server).await;
    let at = |days: i64| testkeep_tests::api::start_of_time() + Duration::days(days);
    testkeep_server::testing::run_housekeeping(&server.app).await.unwrap();
    // The server was off from before the first reminder until after the third: one mail, not three.
    let server = server.restart_at(at(361)).await;
    let subjects = told(&server, &mail, 1).await;
    assert_eq!(subjects, ["Subject: The license expires in 4 days"]);
    // The server was off during the last reminder and the end itself.
    let server = server.restart_at(at(375)).await;
    let subjects = told(&server, &mail, 2).await;
    assert_eq!(subjects[1..], ["Subject: The license has expired"]);
    assert!(mail.mails()[1].text().contains("has expired"));
    let server = server.restart_at(at(385)).await;
    assert_eq!(told(&server, &mail, 2).await.len(), 2, "once");
    server.stop().await;
});

on_both_databases!(a_clock_that_leaps_while_the_server_runs_tells_nobody, |server| {
    let (_owner, mail) = with_mail(&server).await;
    testkeep_server::testing::run_housekeeping(&server.app).await.unwrap();
    server.forward(Duration::days(361));
    testkeep_server::testing::run_housekeeping(&server.app).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(mail.mails().is_empty());
    server.stop().await;
});

on_both_databases!(the_licenses_end_is_told_once_a_step, |server| {
    let (owner, mail) = with_mail(&server).await;
    let mut expected = 0;
    for (days, told) in [(330, false), (336, true), (340, false), (352, true), (359, true), (364, true)] {
        let start = testkeep_tests::api::start_of_time();
        server.clock.set(start + Duration::days(days));
        testkeep_server::testing::remind_of_license_end(&server.app).await.unwrap();
        testkeep_server::testing::remind_of_license_end(&server.app).await.unwrap();
        expected += usize::from(told);
        mail.wait_for(expected).await;
    }
    let mails = mail.mails();
    assert_eq!(mails.len(), 4);
    assert!(mails[0].content.contains("Subject: The license expires in 29 days"), "{}", mails[0].content);
    assert!(mails[3].content.contains("Subject: The license expires tomorrow"));
    assert!(mails[0].text().contains(&format!("{}/license", server.url)));
    drop(owner);
    server.stop().await;
});

/// As a finished run queues it: in a transaction, with the same function as every other message.
async fn tell(server: &TestServer, run: RunResult, organization: i64, email: &str) -> bool {
    let recipient = EmailAddress::parse(email).unwrap();
    let before = mails(server).await;
    let mut change = Change::of(&server.app, Authorized::at_the_console()).await.unwrap();
    let message = Message::RunResult { run, organization_id: Some(organization) };
    change.mail(message, recipient).await.unwrap();
    change.commit().await.unwrap();
    mails(server).await > before
}

async fn mails(server: &TestServer) -> i64 {
    let (count,): (i64,) =
        testkeep_store::sql("SELECT COUNT(*) FROM mail_message").fetch_one(&server.app.db).await.unwrap();
    count
}

fn nightly(outcome: &str) -> RunResult {
    RunResult {
        name: "Nightly <regression>".into(),
        project: "Shop & Cart".into(),
        outcome: outcome.into(),
        passed: 1207,
        failed: 3,
        errors: 1,
        skipped: 14,
        duration_seconds: 3725,
        path: "/projects/7/runs/12".into(),
    }
}

on_both_databases!(a_scheduled_runs_result_is_told_to_who_wants_it, |server| {
    let (owner, mail) = with_mail(&server).await;
    let id = owner.organization("Compilers").await;
    let grace = server.person_in(id, "grace@example.com", "member").await;
    assert!(tell(&server, nightly("failed"), id, &grace.email).await);
    let received = mail.wait_for(1).await.remove(0);
    assert_eq!(received.recipients, ["grace@example.com"]);
    assert!(received.content.contains("multipart/alternative"), "{}", received.content);
    assert!(
        received.content.contains("Subject: Failed: Nightly <regression> in Shop & Cart"),
        "{}",
        received.content
    );
    let text = received.text();
    let (plain, html) = text.split_once("<!doctype html>").unwrap();
    assert!(plain.contains("The run “Nightly <regression>” in Shop & Cart failed."), "{plain}");
    for (label, value) in
        [("Passed", "1207"), ("Failed", "3"), ("Errors", "1"), ("Skipped", "14"), ("Duration", "1 h 2 min")]
    {
        assert!(plain.contains(&format!("{label}: {value}\r\n")), "{label} {value} in {plain}");
        assert!(
            html.contains(&format!(">{label}</td>")) && html.contains(&format!(">{value}</td>")),
            "{html}"
        );
    }
    assert!(html.contains("Nightly &#60;regression&#62;") && !html.contains("<regression>"), "{html}");
    let link = format!("{}/projects/7/runs/12", server.url);
    assert!(plain.contains(&link) && html.contains(&format!("href=\"{link}\"")), "{text}");
    assert!(plain.contains("/profile/notifications"), "how not to get it");
    assert_eq!(newest(&owner).await["kind"], "run_result");

    // Switched off: not queued at all; switched on again: sent.
    let switch = |enabled: bool| json!({ "kind": "run_result", "enabled": enabled });
    assert_eq!(grace.patch("/api/v2/me/notifications", &switch(false)).await.status, 200);
    assert!(!tell(&server, nightly("passed"), id, &grace.email).await);
    assert_eq!(grace.patch("/api/v2/me/notifications", &switch(true)).await.status, 200);
    assert!(tell(&server, nightly("passed"), id, &grace.email).await);
    assert!(mail.wait_for(2).await[1].content.contains("Subject: Passed: Nightly"));
    wait_for_state(&owner, "sent").await;
    assert_eq!(owner.get(&format!("{ACCOUNT}/mails")).await.body["total"], 2);
    server.stop().await;
});
