//! Other programs on the mail server's port, and mail servers that lie: bounded time, bounded memory, clear messages.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkeep_tests::api::{Database, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{configure, failure, settings, test_mail, wait_for_state};

const TO: &str = "ada@example.com";

/// Serves every connection in the same way.
async fn listen<F>(serve: impl Fn(TcpStream) -> F + Send + Sync + Copy + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    port
}

/// Answers each line of the client with the next of these lines, then closes.
async fn script(mut stream: TcpStream, lines: &'static [&'static str]) {
    let mut buffer = [0_u8; 4096];
    for (index, line) in lines.iter().enumerate() {
        if index > 0 && stream.read(&mut buffer).await.unwrap_or(0) == 0 {
            return;
        }
        if stream.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
    let _last_words = stream.read(&mut buffer).await;
}

async fn outcome(settings: &Value) -> (String, String, Duration) {
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    let owner = server.owner().await;
    let started = Instant::now();
    let answer = test_mail(&owner, settings, TO).await;
    let (step, words) = failure(&answer);
    let result = (step.to_owned(), words.to_owned(), started.elapsed());
    server.stop().await;
    result
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tarpit_costs_fifteen_seconds_at_most() {
    let port = listen(|mut stream: TcpStream| async move {
        // One byte now and then, never a line.
        while stream.write_all(b"2").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    })
    .await;
    let (step, words, elapsed) = outcome(&settings(port)).await;
    assert_eq!(step, "greeting");
    assert!(words.contains("in time"), "{words}");
    assert!(elapsed < Duration::from_secs(15), "{elapsed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banner_of_megabytes_is_cut_off() {
    let port = listen(|mut stream: TcpStream| async move {
        let megabyte = vec![b'x'; 1 << 20];
        while stream.write_all(&megabyte).await.is_ok() {}
    })
    .await;
    let (step, words, elapsed) = outcome(&settings(port)).await;
    assert_eq!(step, "greeting");
    assert!(words.contains("sends too much") || words.contains("too long"), "{words}");
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

/// An endless answer is cut off by its size, long before a time limit. `mail/wire.rs` tests how many bytes are read and
/// how much work they cause.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_cut_off() {
    async fn endless(mut stream: TcpStream, start: &[u8], again: &[u8], at_once: usize) {
        let mut bytes = start.to_vec();
        bytes.extend(again.repeat(at_once));
        while stream.write_all(&bytes).await.is_ok() {
            bytes = again.repeat(at_once);
        }
    }
    let ports = [
        listen(|stream| endless(stream, b"", b"250-more\r\n", 1000)).await,
        listen(|stream| endless(stream, b"220 mail\r\n", b"250-more\r\n", 1000)).await,
        listen(|stream| endless(stream, b"220 mail\r\n250-", b"x", 1)).await,
        listen(|stream| endless(stream, b"", b"\0", 1)).await,
    ];
    for port in ports {
        let (step, words, elapsed) = outcome(&settings(port)).await;
        assert_eq!(step, "greeting");
        assert!(words.contains("too long"), "{words}");
        assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
    }
}

/// A test mail must not reveal the content of other services in the network.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_other_services_is_shown() {
    let others: [&'static [&'static str]; 5] = [
        &["SSH-2.0-OpenSSH_9.6p1 Debian\r\n"],
        &["-ERR unknown command, secret-cache-7\r\n"],
        &["* OK IMAP4rev1 secret-cache-7 ready\r\n"],
        &["220 secret-cache-7 FTP server ready\r\n", "530 Log in to secret-cache-7\r\n"],
        &["220-one\r\nsecret-cache-7\r\n220 two\r\n"],
    ];
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    let owner = server.owner().await;
    for lines in others {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script_ended =
            tokio::spawn(async move { script(listener.accept().await.unwrap().0, lines).await });
        let answer = test_mail(&owner, &settings(port), TO).await;
        let (step, words) = failure(&answer);
        assert_eq!(step, "greeting");
        assert!(
            words.contains("not the greeting of a mail server") || words.contains("Is it a mail server?"),
            "{words}"
        );
        let shown = answer.body.to_string();
        assert!(!shown.contains("secret") && !shown.contains("OpenSSH"), "{shown}");
        script_ended.await.unwrap();
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_between_starttls_and_tls_end_everything() {
    let port = listen(|stream| {
        script(stream, &["220 mail\r\n", "250-mail\r\n250 STARTTLS\r\n", "220 go on\r\n250 injected\r\n"])
    })
    .await;
    let mut new = settings(port);
    new["protocol"] = "starttls".into();
    let (step, words, _) = outcome(&new).await;
    assert_eq!(step, "tls");
    assert!(words.contains("unencrypted data after it agreed to TLS"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn starttls_taken_out_stops_everything() {
    let port =
        listen(|stream| script(stream, &["220 mail\r\n", "250-mail\r\n250 AUTH PLAIN\r\n", "250 ok\r\n"]))
            .await;
    let mut new = settings(port);
    new["protocol"] = "starttls".into();
    new["username"] = "robot".into();
    new["password"] = "secret".into();
    let (step, words, _) = outcome(&new).await;
    assert_eq!(step, "tls");
    assert!(words.contains("does not offer STARTTLS"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_server_is_no_mail_server() {
    let port = listen(|stream| script(stream, &["HTTP/1.1 400 Bad Request\r\n\r\n"])).await;
    let (step, words, _) = outcome(&settings(port)).await;
    assert_eq!(step, "greeting");
    assert!(words.contains("not the greeting of a mail server"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_the_connect_step() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let (step, words, _) = outcome(&settings(port)).await;
    assert_eq!(step, "connect");
    assert!(words.contains("Nothing answers on port"), "{words}");
    let mut new = settings(25);
    new["host"] = "no-such-host.invalid".into();
    assert_eq!(outcome(&new).await.0, "resolve");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greeting_that_refuses_is_repeated() {
    let port = listen(|stream| script(stream, &["554 5.3.2 Not today\u{1b}[31m\r\n"])).await;
    let (step, words, _) = outcome(&settings(port)).await;
    assert_eq!(step, "greeting");
    assert!(words.contains("Not today") && !words.contains('\u{1b}'), "{words:?}");
}

/// Every answer is good, but the connection is cut instead of the answer to the message.
const DROPS: &[&str] = &["220 mail\r\n", "250 mail\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n"];

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_drops_after_the_message_is_asked_again() {
    let port = listen(|stream| script(stream, DROPS)).await;
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    let owner = server.owner().await;
    configure(&owner, port).await;
    let id = owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await.body["id"].clone();
    let invited = owner
        .post(
            &format!("/api/v2/organizations/{id}/invitations"),
            &json!({ "addresses": "grace@example.com" }),
        )
        .await;
    assert_eq!(invited.status, 200);
    for _ in 0..200 {
        if super::newest(&owner).await["last_error"].is_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mail = wait_for_state(&owner, "queued").await;
    assert_eq!(mail["attempts"], 1);
    assert!(mail["next_attempt_at"].is_string() && mail["last_error"].is_string(), "{mail}");
    server.stop_leaving(1, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_mail_server_slows_no_request() {
    let port = listen(|stream| async move {
        tokio::time::sleep(Duration::from_hours(1)).await;
        drop(stream);
    })
    .await;
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    let owner = server.owner().await;
    configure(&owner, port).await;
    let id = owner.post("/api/v2/organizations", &json!({ "name": "Compilers" })).await.body["id"].clone();
    let started = Instant::now();
    for number in 0..20 {
        let body = json!({ "addresses": format!("person{number}@example.com") });
        assert_eq!(owner.post(&format!("/api/v2/organizations/{id}/invitations"), &body).await.status, 200);
    }
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    // The server's stop is not delayed either: a mail that was not taken yet waits for the next start.
    let stopping = Instant::now();
    server.stop_leaving(20, 0).await;
    assert!(stopping.elapsed() < Duration::from_secs(5), "{:?}", stopping.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_what_is_being_handed_over() {
    // The mail server waits between the message and its answer.
    let mail = testkeep_tests::mail_server::MailServer::start_with(&["--answer-after", "2"]);
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    let owner = server.owner().await;
    configure(&owner, mail.port).await;
    let id = owner.organization("Compilers").await;
    let path = format!("/api/v2/organizations/{id}/invitations");
    assert_eq!(owner.post(&path, &json!({ "addresses": "grace@example.com" })).await.status, 200);
    mail.wait_for(1).await;
    let folder = server.stop_keeping_files().await;
    let file = testkeep_domain::Layout::new(folder.path()).database_file();
    let (state, jobs) = stored(&file).await;
    assert_eq!((state.as_str(), jobs), ("sent", 0), "confirmed while the server stopped");
}

/// The state of the only mail, and the number of jobs, in the database of a stopped server.
async fn stored(file: &std::path::Path) -> (String, i64) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query_as("SELECT state, (SELECT COUNT(*) FROM job) FROM mail_message")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}
