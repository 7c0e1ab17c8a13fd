//! Mail servers as sites have them: refusals caused by the configuration, limits, addresses beyond ASCII.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkeep_server::testing::Kind;
use testkeep_tests::api::{Caller, TestServer};
use testkeep_tests::on_both_databases;

use super::moody::MoodyServer;
use super::{ACCOUNT, failure, settings, test_mail};

const SETTINGS: &str = "/api/v2/accounts/1/mail-settings";

/// Settings for this server, with a login.
fn with_login(port: u16) -> Value {
    let mut new = settings(port);
    new["username"] = "robot".into();
    new["password"] = "secret".into();
    new
}

async fn owner_with(server: &TestServer, port: u16) -> Caller {
    server.set_up().await;
    let owner = server.owner().await;
    let saved = owner.put(SETTINGS, &with_login(port)).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    owner
}

/// Invites `count` people to an organization with this name; returns their addresses.
async fn invite(owner: &Caller, name: &str, count: usize) -> Vec<String> {
    let id = owner.organization(name).await;
    let name = name.to_lowercase();
    let addresses: Vec<String> = (0..count).map(|number| format!("{name}{number:02}@example.com")).collect();
    let body = json!({ "addresses": addresses.join("\n") });
    assert_eq!(owner.post(&format!("/api/v2/organizations/{id}/invitations"), &body).await.status, 200);
    addresses
}

async fn mails(owner: &Caller) -> Vec<Value> {
    let answer = owner.get(&format!("{ACCOUNT}/mails?page_size=100")).await;
    answer.body["items"].as_array().unwrap().clone()
}

/// Waits until `holds` is true for the mail log.
async fn wait_until(owner: &Caller, what: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let mails = mails(owner).await;
        if holds(&mails) {
            return mails;
        }
        assert!(Instant::now() < until, "not {what}: {mails:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn all_wait(mails: &[Value]) -> bool {
    mails.iter().all(|mail| mail["state"] == "queued" && mail["last_error"].is_string())
}

fn all_sent(mails: &[Value]) -> bool {
    mails.iter().all(|mail| mail["state"] == "sent")
}

/// Waits until no job is running: otherwise its claim could run out when a test moves the clock.
async fn settle(server: &TestServer) {
    loop {
        let (claimed,): (i64,) =
            testkeep_store::sql("SELECT COUNT(*) FROM job WHERE claimed_until IS NOT NULL")
                .fetch_one(&server.app.db)
                .await
                .unwrap();
        if claimed == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A refusal at each command. The last one is Postfix's answer at the recipient about the greeting.
const REFUSALS: [(&str, &str); 6] = [
    ("GREETING", "554 5.7.1 Not you"),
    ("EHLO", "550 5.7.1 Who is that"),
    ("AUTH", "535 5.7.8 Authentication failed"),
    ("MAIL", "553 5.7.1 This sender is not yours"),
    ("RCPT", "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname"),
    ("DATA", "530 5.7.0 Authentication required"),
];

on_both_databases!(a_refusal_of_ours_keeps_every_mail_queued, |server| {
    let mail = MoodyServer::start().await;
    let owner = owner_with(&server, mail.port).await;
    let mut expected = 0;
    for (command, refusal) in REFUSALS {
        mail.answer(command, refusal);
        let people = invite(&owner, command, 3).await;
        expected += people.len();
        let fresh = people.len();
        wait_until(&owner, "all waiting", |mails| all_wait(&mails[..fresh])).await;
        let trouble = owner.get(SETTINGS).await.body["trouble"].clone();
        assert_eq!(trouble["kind"], "configuration", "{trouble}");
        assert_eq!(trouble["reason"], refusal);
        assert!(trouble["since"].is_string() && trouble["waiting"].as_i64().unwrap() >= 1, "{trouble}");
        // Days later no mail is parked, and the server was not contacted for each mail separately.
        let before = mail.sessions();
        for _ in 0..3 {
            settle(&server).await;
            server.forward(chrono::Duration::hours(20));
            server.app.queue.wake(Kind::ALL);
            let since = mail.sessions();
            wait_until(&owner, "tried again", |_| mail.sessions() > since).await;
            wait_until(&owner, "all waiting", |mails| all_wait(&mails[..fresh])).await;
        }
        assert!(mail.sessions() - before <= 6, "{command}: {} sessions", mail.sessions() - before);
        // The mail server is repaired: one mail is sent soon, and the others with it.
        settle(&server).await;
        mail.answer_well();
        server.forward(chrono::Duration::minutes(7));
        server.app.queue.wake(Kind::ALL);
        wait_until(&owner, "all sent", all_sent).await;
        assert_eq!(mail.taken().len(), expected, "{command}: each once");
        assert_eq!(owner.get(SETTINGS).await.body["trouble"], Value::Null);
    }
    server.stop().await;
});

on_both_databases!(saved_settings_send_what_waits_at_once, |server| {
    let mail = MoodyServer::start().await;
    let owner = owner_with(&server, mail.port).await;
    mail.answer("AUTH", "535 5.7.8 Authentication failed");
    let mut people = invite(&owner, "Waiting", 8).await;
    wait_until(&owner, "all waiting", all_wait).await;
    mail.answer_well();
    // Without waiting.
    assert_eq!(owner.put(SETTINGS, &with_login(mail.port)).await.body["trouble"], Value::Null);
    wait_until(&owner, "all sent", all_sent).await;
    let mut taken = mail.taken();
    taken.sort();
    people.sort();
    assert_eq!(taken, people);
    server.stop().await;
});

on_both_databases!(nobody_fails_because_of_a_limit, |server| {
    let mail = MoodyServer::start().await;
    let owner = owner_with(&server, mail.port).await;
    mail.take(3);
    let mut people = invite(&owner, "Many", 14).await;
    let mut rounds = 0;
    while mail.taken().len() < people.len() {
        rounds += 1;
        assert!(rounds < 100, "{} of {}", mail.taken().len(), people.len());
        wait_until_limited(&owner, &mail, people.len()).await;
        settle(&server).await;
        let sessions = mail.sessions();
        mail.most_open();
        mail.take(3);
        server.forward(chrono::Duration::minutes(20));
        server.app.queue.wake(Kind::ALL);
        wait_until(&owner, "tried again", |_| {
            mail.sessions() > sessions || mail.taken().len() == people.len()
        })
        .await;
        // After the first round the server is known to limit connections: one at a time.
        assert!(mail.most_open() <= 2, "one that says goodbye, and the next");
    }
    wait_until(&owner, "all sent", all_sent).await;
    let mut taken = mail.taken();
    taken.sort();
    people.sort();
    assert_eq!(taken, people, "each once");
    assert_eq!(owner.get(SETTINGS).await.body["trouble"], Value::Null);
    server.stop().await;
});

/// Waits until the server is known to limit, or took every mail, and no session is open.
async fn wait_until_limited(owner: &Caller, mail: &MoodyServer, all: usize) {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let trouble = owner.get(SETTINGS).await.body["trouble"].clone();
        if mail.taken().len() == all || (trouble["kind"] == "limit" && mail.open() == 0) {
            return;
        }
        assert!(Instant::now() < until, "{trouble}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

on_both_databases!(addresses_beyond_ascii_are_written_as_servers_read_them, |server| {
    let mail = MoodyServer::start().await;
    server.set_up().await;
    let owner = server.owner().await;
    let answer = test_mail(&owner, &settings(mail.port), "ada@bücher.example").await;
    assert_eq!(answer.body["ok"], true, "{}", answer.body);
    assert_eq!(mail.taken(), ["ada@xn--bcher-kva.example"]);
    let answer = test_mail(&owner, &settings(mail.port), "ада@пример.example").await;
    let (step, words) = failure(&answer);
    assert_eq!(step, "recipient");
    assert!(words.contains("does not offer SMTPUTF8"), "{words}");
    mail.answer("EHLO", "250-moody\r\n250-8BITMIME\r\n250 SMTPUTF8");
    let answer = test_mail(&owner, &settings(mail.port), "ада@пример.example").await;
    assert_eq!(answer.body["ok"], true, "{}", answer.body);
    assert_eq!(mail.taken()[1], "ада@xn--e1afmkfd.example");
    let commands = mail.commands();
    let from = commands.iter().rfind(|line| line.starts_with("MAIL FROM:")).unwrap();
    assert!(from.ends_with(" SMTPUTF8"), "{from}");
    // The greeting contains the host of the server URL, which is an address here.
    let host = server.url.trim_start_matches("http://").split(':').next().unwrap();
    let hello = if host == "127.0.0.1" { "EHLO [127.0.0.1]".to_owned() } else { format!("EHLO {host}") };
    assert!(commands.contains(&hello), "{commands:?}");
    server.stop().await;
});
