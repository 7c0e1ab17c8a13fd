//! The test mail: every step, for every protocol, with the mail server's own messages.

use testkeep_tests::api::{Database, TestServer};
use testkeep_tests::mail_server::{Authority, MailServer};

use super::{failure, settings, step_names, test_mail};

const TO: &str = "ada@example.com";

async fn server() -> TestServer {
    let server = TestServer::start(Database::Sqlite).await;
    server.set_up().await;
    server
}

/// `trusted`: with the authority in `conf/ca.pem`.
async fn over_tls(protocol: &str, trusted: bool) -> (TestServer, MailServer, serde_json::Value) {
    let server = server().await;
    let authority = Authority::create();
    if trusted {
        std::fs::copy(authority.certificate(), server.app.layout.authorities()).unwrap();
    }
    let files = authority.options();
    let mut options = vec!["--protocol", protocol, "--login", "robot:secret"];
    options.extend(files.iter().map(String::as_str));
    let mail = MailServer::start_with(&options);
    let mut new = settings(mail.port);
    new["host"] = "localhost".into();
    new["protocol"] = protocol.into();
    new["username"] = "robot".into();
    new["password"] = "secret".into();
    (server, mail, new)
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_clear_without_login() {
    let server = server().await;
    let owner = server.owner().await;
    let mail = MailServer::start();
    let answer = test_mail(&owner, &settings(mail.port), TO).await;
    assert_eq!(answer.body["ok"], true, "{}", answer.body);
    assert_eq!(step_names(&answer), ["resolve", "connect", "greeting", "sender", "recipient", "accepted"]);
    let steps = answer.body["steps"].as_array().unwrap();
    assert_eq!(steps[5]["message"], "250 Message accepted for delivery", "the server's own words");
    let received = mail.wait_for(1).await;
    assert_eq!(
        (received[0].sender.as_str(), received[0].recipients.as_slice()),
        ("testkeep@example.com", &[TO.to_owned()][..])
    );
    assert!(received[0].content.contains("Subject: Testkeep can send mail"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_tls_and_login_under_a_private_authority() {
    for protocol in ["starttls", "smtps"] {
        let (server, mail, new) = over_tls(protocol, true).await;
        let answer = test_mail(&server.owner().await, &new, TO).await;
        assert_eq!(answer.body["ok"], true, "{protocol}: {}", answer.body);
        let names = step_names(&answer);
        assert!(names.contains(&"tls") && names.contains(&"login"), "{names:?}");
        let received = mail.wait_for(1).await;
        assert!(received[0].encrypted && received[0].authenticated, "{protocol}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_self_signed_certificate_is_accepted_when_exactly_it_is_named() {
    for protocol in ["starttls", "smtps"] {
        let server = server().await;
        let owner = server.owner().await;
        let (named, other) = (Authority::self_signed(), Authority::self_signed());
        let files = named.options();
        let mut options = vec!["--protocol", protocol];
        options.extend(files.iter().map(String::as_str));
        let mail = MailServer::start_with(&options);
        let mut new = settings(mail.port);
        new["protocol"] = protocol.into();
        let list = server.app.layout.authorities();
        new["host"] = "localhost".into();
        std::fs::copy(other.certificate(), &list).unwrap();
        let answer = test_mail(&owner, &new, TO).await;
        let (step, words) = failure(&answer);
        assert_eq!(step, "tls");
        for part in ["CA:TRUE", "conf/ca.pem", "openssl req -x509", "CA:FALSE", "DNS:localhost"] {
            assert!(words.contains(part), "{words}");
        }
        std::fs::copy(named.certificate(), &list).unwrap();
        let answer = test_mail(&owner, &new, TO).await;
        assert_eq!(answer.body["ok"], true, "{protocol}: {}", answer.body);
        assert!(mail.wait_for(1).await[0].encrypted);
        // The name is checked as well.
        new["host"] = "127.0.0.1".into();
        let answer = test_mail(&owner, &new, TO).await;
        assert!(failure(&answer).1.contains("for another name"), "{}", answer.body);
        server.stop().await;
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_is_named_makes_a_certificate_that_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let command = testkeep_domain::openssl::certificate_command("localhost");
    let made =
        std::process::Command::new("sh").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key) = (file("server.crt"), file("server.key"));
    let mail = MailServer::start_with(&["--protocol", "smtps", "--certificate", &certificate, "--key", &key]);
    let server = server().await;
    std::fs::copy(&certificate, server.app.layout.authorities()).unwrap();
    let mut new = settings(mail.port);
    (new["protocol"], new["host"]) = ("smtps".into(), "localhost".into());
    let answer = test_mail(&server.owner().await, &new, TO).await;
    assert_eq!(answer.body["ok"], true, "{}", answer.body);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_authority_is_named() {
    for protocol in ["starttls", "smtps"] {
        let (server, mail, new) = over_tls(protocol, false).await;
        let answer = test_mail(&server.owner().await, &new, TO).await;
        let (step, words) = failure(&answer);
        assert_eq!(step, "tls");
        assert!(
            words.contains("signed by nobody this machine trusts") && words.contains("conf/ca.pem"),
            "{words}"
        );
        assert!(mail.mails().is_empty());
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_named() {
    for protocol in ["starttls", "smtps"] {
        let (server, _mail, mut new) = over_tls(protocol, true).await;
        new["host"] = "127.0.0.2".into();
        let answer = test_mail(&server.owner().await, &new, TO).await;
        // The certificate names localhost and 127.0.0.1; the server listens on 127.0.0.1 only.
        let (step, _words) = failure(&answer);
        assert_eq!(step, "connect");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_the_login_step() {
    let (server, _mail, mut new) = over_tls("smtps", true).await;
    new["password"] = "wrong".into();
    let answer = test_mail(&server.owner().await, &new, TO).await;
    let (step, words) = failure(&answer);
    assert_eq!(step, "login");
    assert!(words.starts_with("535"), "{words}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_recipient_is_told_in_the_servers_words() {
    let server = server().await;
    let mail = MailServer::start();
    let answer = test_mail(&server.owner().await, &settings(mail.port), "refused@example.com").await;
    assert_eq!(failure(&answer), ("recipient", "550 5.1.1 No such mailbox here"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_protocol_for_the_port_is_told() {
    let (server, mail, new) = over_tls("smtps", true).await;
    let mut plain = new.clone();
    plain["protocol"] = "starttls".into();
    let owner = server.owner().await;
    let answer = test_mail(&owner, &plain, TO).await;
    assert_eq!(failure(&answer).0, "greeting");
    assert!(failure(&answer).1.contains("choose SMTPS"), "{}", answer.body);
    drop(mail);
    let clear = MailServer::start();
    let mut encrypted = new;
    encrypted["port"] = clear.port.into();
    let answer = test_mail(&owner, &encrypted, TO).await;
    assert_eq!(failure(&answer).0, "tls");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_relays_through_it() {
    let server = server().await;
    let owner = server.owner().await;
    let mail = MailServer::start();
    let mut refused = 0;
    for _ in 0..12 {
        let answer = test_mail(&owner, &settings(mail.port), TO).await;
        refused += usize::from(answer.status == 429);
        if answer.status == 429 {
            assert_eq!(answer.message(), "Too many test mails. Try again in 10 minutes.");
        }
    }
    assert_eq!((refused, mail.mails().len()), (2, 10));
    server.forward(chrono::Duration::minutes(9));
    let early = test_mail(&owner, &settings(mail.port), TO).await;
    assert_eq!(early.message(), "Too many test mails. Try again in 1 minute.");
    server.forward(chrono::Duration::minutes(1) + chrono::Duration::milliseconds(1));
    assert_eq!(test_mail(&owner, &settings(mail.port), TO).await.status, 200);
    assert_eq!(mail.mails().len(), 11);
    server.stop().await;
}
