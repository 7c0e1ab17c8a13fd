//! “Forgot your password”, from the request to the sign-in, and information it must not reveal.

use std::time::{Duration, Instant};

use serde_json::json;
use testkeep_domain::Secret;
use testkeep_server::testing::Authorized;
use testkeep_tests::api::{Answer, Database, EMAIL, PASSWORD, TestServer};
use testkeep_tests::on_both_databases;

use super::{ACCOUNT, newest, wait_for_state, with_mail};

async fn ask(server: &TestServer, email: &str) -> Answer {
    server.anonymous().post("/api/v2/password-resets", &json!({ "email": email })).await
}

async fn choose(server: &TestServer, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "password": password });
    server.anonymous().post("/api/v2/password-resets/password", &body).await
}

async fn look(server: &TestServer, token: &str) -> Answer {
    server.anonymous().post("/api/v2/password-resets/look", &json!({ "token": token })).await
}

on_both_databases!(from_the_question_to_a_new_sign_in, |server| {
    let (owner, mail) = with_mail(&server).await;
    assert_eq!(ask(&server, " ADA@example.com").await.status, 202);
    let received = mail.wait_for(1).await;
    assert_eq!(received[0].recipients, [EMAIL]);
    assert!(received[0].text().contains(&format!("{}/reset-password#token=", server.url)));
    let token = received[0].token();
    assert_eq!(look(&server, &token).await.body["email"], EMAIL);
    assert_eq!(choose(&server, &token, "short").await.status, 422);
    assert_eq!(choose(&server, &token, "a new password").await.status, 204);
    assert_eq!(owner.get("/api/v2/me").await.status, 401, "sessions ended");
    for again in [choose(&server, &token, "a third password").await, look(&server, &token).await] {
        assert_eq!((again.status, again.code()), (410, "link_used"));
        assert!(
            again.message().starts_with("This link has been used to reset password."),
            "{}",
            again.message()
        );
    }
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 401);
    assert_eq!(server.sign_in(EMAIL, "a new password").await.status, 201);
    server.stop().await;
});

on_both_databases!(a_link_dies, |server| {
    let (_owner, mail) = with_mail(&server).await;
    ask(&server, EMAIL).await;
    let first = mail.wait_for(1).await[0].token();
    ask(&server, EMAIL).await;
    let second = mail.wait_for(2).await[1].token();
    assert_eq!(look(&server, &first).await.code(), "link_invalid", "a newer one");
    assert_eq!(look(&server, &second).await.status, 200);
    // Any other change of the password ends the link.
    let new = Secret::new("set at the console");
    testkeep_server::testing::reset_password(&server.app, Authorized::at_the_console(), EMAIL, &new)
        .await
        .unwrap();
    assert_eq!(choose(&server, &second, "a new password").await.code(), "link_invalid");
    ask(&server, EMAIL).await;
    let third = mail.wait_for(3).await[2].token();
    server.forward(chrono::Duration::minutes(61));
    assert_eq!(look(&server, &third).await.code(), "link_invalid", "an hour");
    // A change by SQL, as documented, does so as well, although no code of ours runs.
    ask(&server, EMAIL).await;
    let fourth = mail.wait_for(4).await[3].token();
    let mut tx = server.app.db.begin().await.unwrap();
    testkeep_store::sql("UPDATE user_account SET password = 'plain again', password_encrypted = FALSE")
        .execute(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(choose(&server, &fourth, "a new password").await.code(), "link_invalid");
    assert_eq!(server.sign_in(EMAIL, "plain again").await.status, 201);
    server.stop().await;
});

on_both_databases!(a_link_ends_after_an_hour, |server| {
    let moment = chrono::Duration::milliseconds(1);
    let (owner, mail) = with_mail(&server).await;
    ask(&server, EMAIL).await;
    let token = mail.wait_for(1).await[0].token();
    wait_for_state(&owner, "sent").await;
    server.forward(chrono::Duration::hours(1) - moment);
    assert_eq!(look(&server, &token).await.status, 200);
    server.forward(moment);
    for late in [look(&server, &token).await, choose(&server, &token, "a new password").await] {
        assert_eq!((late.status, late.code()), (410, "link_invalid"));
        assert!(late.message().contains("It has expired."), "{}", late.message());
    }
    assert_eq!(server.sign_in(EMAIL, PASSWORD).await.status, 201);
    // A mail with an expired link is not sent again.
    let path = format!("{ACCOUNT}/mails/{}/resend", newest(&owner).await["id"]);
    assert_eq!(owner.post(&path, &json!({})).await.status, 204);
    wait_for_state(&owner, "failed").await;
    assert_eq!(mail.mails().len(), 1);
    // The next link counts from the time it was made.
    ask(&server, EMAIL).await;
    let token = mail.wait_for(2).await[1].token();
    server.forward(chrono::Duration::hours(1) - moment);
    assert_eq!(choose(&server, &token, "a new password").await.status, 204);
    assert_eq!(server.sign_in(EMAIL, "a new password").await.status, 201);
    server.stop().await;
});

on_both_databases!(unknown_addresses_get_the_same_answer_and_no_mail, |server| {
    let (_owner, mail) = with_mail(&server).await;
    let (known, unknown) = (ask(&server, EMAIL).await, ask(&server, "nobody@example.com").await);
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    mail.wait_for(1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mail.mails().len(), 1);
    for nonsense in ["", "nobody", "a@b\r\nBcc: c@d"] {
        assert_eq!(ask(&server, nonsense).await.status, 422);
    }
    server.stop().await;
});

on_both_databases!(parallel_uses_of_a_link_set_one_password, |server| {
    let (_owner, mail) = with_mail(&server).await;
    ask(&server, EMAIL).await;
    let token = mail.wait_for(1).await[0].token();
    let attempts = (0..8).map(|number| {
        let (server, token) = (&server, &token);
        async move { choose(server, token, &format!("password number {number}")).await.status }
    });
    let statuses = futures_util::future::join_all(attempts).await;
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
    server.stop().await;
});

#[tokio::test(flavor = "multi_thread")]
async fn without_mail_it_says_what_to_do_instead() {
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    let answer = ask(&server, EMAIL).await;
    assert_eq!((answer.status, answer.code()), (409, "conflict"));
    assert!(answer.message().contains("server admin"), "{}", answer.message());
    server.stop().await;
}

/// The measurements alternate, so that other load of the machine affects both. They are compared by medians and by how
/// often one is slower than the other (a sign test): half of the pairs, within four standard deviations.
#[tokio::test(flavor = "multi_thread")]
async fn time_does_not_tell_known_from_unknown() {
    const PAIRS: usize = 100;
    let server = TestServer::start(Database::Sqlite).await;
    let (_owner, _mail) = with_mail(&server).await;
    let mut slower = 0;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        // Limits count per address and time.
        server.forward(chrono::Duration::minutes(16));
        let mut times = [Duration::ZERO; 2];
        let order = if pair % 2 == 0 { [0, 1] } else { [1, 0] };
        for which in order {
            let email = if which == 0 { EMAIL.to_owned() } else { format!("nobody{pair}@example.com") };
            let started = Instant::now();
            assert_eq!(ask(&server, &email).await.status, 202);
            times[which] = started.elapsed();
            // The job must end before the next measurement.
            while testkeep_store::job::count_jobs(&server.app.db).await.unwrap().0 > 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        slower += usize::from(times[0] > times[1]);
        known.push(times[0]);
        unknown.push(times[1]);
    }
    known.sort_unstable();
    unknown.sort_unstable();
    let (known, unknown) = (known[PAIRS / 2], unknown[PAIRS / 2]);
    let ratio = known.as_secs_f64() / unknown.as_secs_f64();
    assert!((30..=70).contains(&slower), "known was slower in {slower} of {PAIRS} pairs");
    assert!((0.7..1.4).contains(&ratio), "medians {known:?} and {unknown:?}");
    server.stop().await;
}
