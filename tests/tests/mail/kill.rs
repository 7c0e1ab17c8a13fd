//! `kill -9` on the real server while it sends, and two servers on one database: a mail that the mail server confirmed
//! is never sent twice. A queued mail is sent, or the log lists it as "unknown" if nothing can tell whether it arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkeep_domain::Secret;
use testkeep_domain::config::{DatabaseConfig, PostgresConfig};
use testkeep_tests::api::Caller;
use testkeep_tests::mail_server::MailServer;
use testkeep_tests::postgres::{Postgres, USER};
use testkeep_tests::programs::{RunningServer, ServerFolder, free_port};
use tokio::time::sleep;

use super::{ACCOUNT, configure, newest, wait_for_state};

const ROUNDS: u64 = 12;
const PER_ROUND: usize = 6;

/// A folder for the real server, and its database on PostgreSQL.
struct Place {
    folder: ServerFolder,
    database: Option<String>,
}

impl Place {
    fn sqlite() -> Self {
        Self { folder: ServerFolder::new(DatabaseConfig::BuiltIn), database: None }
    }

    fn postgres() -> Self {
        let database = Postgres::shared().create_database();
        Self { folder: ServerFolder::new(config(&database)), database: Some(database) }
    }

    /// On PostgreSQL another server might still work on the mail, so its claim must run out; the test moves the three
    /// minutes on at once.
    fn let_claims_run_out(&self) {
        if let Some(database) = &self.database {
            Postgres::shared().sql(database, "UPDATE job SET claimed_until = NULL");
        }
    }
}

fn config(database: &str) -> DatabaseConfig {
    DatabaseConfig::Postgresql(PostgresConfig {
        jdbc_url: Postgres::shared().jdbc_url(database),
        user: USER.into(),
        password: Secret::default(),
    })
}

/// Runs a test with the real server on each database.
macro_rules! in_both_places {
    ($name:ident, |$place:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn check($place: Place) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                check(Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                check(Place::postgres()).await;
            }
        }
    };
}

/// Invites an address to an organization; the mail is queued when this returns.
async fn invite(owner: &Caller, organization: i64, addresses: &str) -> Option<u16> {
    let path = format!("/api/v2/organizations/{organization}/invitations");
    let request = owner.request("POST", &path).bearer_auth(owner.bearer.as_ref().unwrap());
    Some(request.json(&json!({ "addresses": addresses })).send().await.ok()?.status().as_u16())
}

/// A mail server that answers up to the line before `until`, then keeps the connection open and silent.
fn stalls_at(port: u16, until: &'static str) -> std::sync::mpsc::Receiver<TcpStream> {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let (reached, stalled) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        if until != "connect" {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            stream.write_all(b"220 mail\r\n").unwrap();
            let mut in_message = false;
            while let Some(Ok(line)) = lines.next() {
                if line == until {
                    break;
                }
                if !in_message {
                    in_message = line == "DATA";
                    let answer: &[u8] = if in_message { b"354 go on\r\n" } else { b"250 ok\r\n" };
                    stream.write_all(answer).unwrap();
                }
            }
        }
        let _nobody_waits = reached.send(stream);
    });
    stalled
}

/// The state of every mail in the log, by recipient.
async fn states(owner: &Caller) -> BTreeMap<String, String> {
    let log = owner.get(&format!("{ACCOUNT}/mails?page_size=200")).await.body;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = log["items"].as_array().unwrap_or_else(|| panic!("{log}"));
    items.iter().map(|mail| (text(&mail["recipient"]), text(&mail["state"]))).collect()
}

fn deliveries(mail: &MailServer) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for recipient in mail.mails().into_iter().flat_map(|mail| mail.recipients) {
        *counts.entry(recipient).or_default() += 1;
    }
    counts
}

/// Kills the server while the mail server delays this answer. Returns the server after its next start with a real mail
/// server, when the mail is in the wanted state.
async fn killed_at(place: &Place, point: &'static str, wanted: &str) -> (RunningServer, Caller, MailServer) {
    let server = place.folder.start();
    let owner = server.set_up().await;
    let port = free_port();
    configure(&owner, port).await;
    let stalled = stalls_at(port, point);
    let organization = owner.organization("Compilers").await;
    assert_eq!(invite(&owner, organization, "grace@example.com").await, Some(200));
    let stream = tokio::task::spawn_blocking(move || stalled.recv_timeout(Duration::from_secs(20)));
    let stream = stream.await.unwrap().unwrap();
    server.kill();
    drop(stream);
    place.let_claims_run_out();
    let mail = MailServer::start_with(&["--port", &port.to_string()]);
    let server = place.folder.start();
    wait_for_state(&owner, wanted).await;
    (server, owner, mail)
}

in_both_places!(what_was_not_handed_over_is_sent_once_after_a_kill, |place| {
    // The mail server sends nothing at all.
    let (_server, _owner, mail) = killed_at(&place, "connect", "sent").await;
    assert_eq!(deliveries(&mail)["grace@example.com"], 1);
});

in_both_places!(a_kill_before_the_mail_servers_go_on_loses_nothing, |place| {
    let (_server, _owner, mail) = killed_at(&place, "DATA", "sent").await;
    assert_eq!(deliveries(&mail)["grace@example.com"], 1);
});

in_both_places!(a_kill_between_message_and_answer_is_left_to_a_person, |place| {
    // The mail server has the whole message but sends no answer.
    let (_server, owner, mail) = killed_at(&place, ".", "unknown").await;
    let unknown = newest(&owner).await;
    assert!(unknown["last_error"].as_str().unwrap().contains("may have arrived"), "{unknown}");
    sleep(Duration::from_millis(500)).await;
    assert!(
        mail.mails().is_empty(),
        "nobody knows whether it has arrived, so it is not sent again by itself"
    );
    let resend = format!("{ACCOUNT}/mails/{}/resend", unknown["id"]);
    assert_eq!(owner.post(&resend, &json!({})).await.status, 204);
    wait_for_state(&owner, "sent").await;
    assert_eq!(deliveries(&mail)["grace@example.com"], 1);
});

in_both_places!(a_kill_after_the_confirmation_sends_nothing_again, |place| {
    let mail = MailServer::start();
    let server = place.folder.start();
    let owner = server.set_up().await;
    configure(&owner, mail.port).await;
    let organization = owner.organization("Compilers").await;
    assert_eq!(invite(&owner, organization, "grace@example.com").await, Some(200));
    wait_for_state(&owner, "sent").await;
    server.kill();
    place.let_claims_run_out();
    let _server = place.folder.start();
    // All remaining work of the first mail is done before this one is sent.
    assert_eq!(invite(&owner, organization, "linus@example.com").await, Some(200));
    assert_eq!(mail.wait_for(2).await.len(), 2);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(deliveries(&mail).into_values().collect::<Vec<_>>(), [1, 1]);
});

in_both_places!(kills_at_any_moment_lose_nothing_and_repeat_nothing, |place| {
    let mail = MailServer::start();
    let mut server = place.folder.start();
    let owner = server.set_up().await;
    configure(&owner, mail.port).await;
    let organization = owner.organization("Compilers").await;
    let (mut promised, mut seen_sent) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..ROUNDS {
        let addresses: Vec<_> = (0..PER_ROUND).map(|n| format!("person{round}x{n}@example.com")).collect();
        if invite(&owner, organization, &addresses.join(" ")).await == Some(200) {
            promised.extend(addresses);
        }
        sleep(Duration::from_millis(round * 9)).await;
        if round % 3 == 2 {
            seen_sent.extend(states(&owner).await.into_iter().filter(|(_, state)| state == "sent"));
        }
        server.kill();
        place.let_claims_run_out();
        server = place.folder.start();
    }
    let until = Instant::now() + Duration::from_secs(30);
    let mut at_the_end = states(&owner).await;
    while at_the_end.values().any(|state| state == "queued" || state == "handing_over") {
        assert!(Instant::now() < until, "{at_the_end:?}");
        sleep(Duration::from_millis(100)).await;
        at_the_end = states(&owner).await;
    }
    let delivered = deliveries(&mail);
    assert_eq!(promised.len(), PER_ROUND * usize::try_from(ROUNDS).unwrap());
    for address in &promised {
        let (state, times) = (at_the_end[address].as_str(), delivered.get(address).copied().unwrap_or(0));
        match state {
            "sent" => assert_eq!(times, 1, "{address}"),
            "unknown" => assert!(times <= 1, "{address} got it {times} times"),
            other => panic!("{address}: {other}"),
        }
    }
    for (address, _) in seen_sent {
        assert_eq!(at_the_end[&address], "sent");
    }
    let unknown = at_the_end.values().filter(|state| *state == "unknown").count();
    println!("{} mails, {} kills, {unknown} left to a person", promised.len(), ROUNDS);
});

/// The ids of the mails that this server sent, according to its log.
fn sent_by(folder: &ServerFolder) -> BTreeSet<u64> {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder.layout().logs()).unwrap() {
        std::fs::File::open(entry.unwrap().path()).unwrap().read_to_string(&mut text).unwrap();
    }
    let number = |line: &str| line.split_once("mail=")?.1.split(' ').next()?.parse().ok();
    text.lines().filter(|line| line.contains("mail sent")).filter_map(number).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_on_one_database_send_every_mail_once() {
    const MAILS: usize = 200;
    let mail = MailServer::start();
    let place = Place::postgres();
    let second = ServerFolder::new(config(place.database.as_ref().unwrap()));
    let first = place.folder.start();
    let owner = first.set_up().await;
    let _second = second.start();
    configure(&owner, mail.port).await;
    let organization = owner.organization("Compilers").await;
    let addresses: Vec<_> = (0..MAILS).map(|number| format!("person{number}@example.com")).collect();
    // In parts, so that both servers work at the same time, after a wake-up or by polling.
    for part in addresses.chunks(20) {
        assert_eq!(invite(&owner, organization, &part.join(" ")).await, Some(200));
        sleep(Duration::from_millis(600)).await;
    }
    mail.wait_for(MAILS).await;
    // Time in which a second claim would send its mail.
    sleep(Duration::from_secs(1)).await;
    let delivered = deliveries(&mail);
    assert_eq!(delivered.len(), MAILS);
    assert!(delivered.values().all(|times| *times == 1), "{delivered:?}");
    let (by_first, by_second) = (sent_by(&place.folder), sent_by(&second));
    assert_eq!(by_first.len() + by_second.len(), MAILS, "no mail stands in both logs");
    assert!(by_first.is_disjoint(&by_second));
    assert!(!by_first.is_empty() && !by_second.is_empty(), "{} and {}", by_first.len(), by_second.len());
}
