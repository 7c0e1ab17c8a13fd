//! A mail password is stored and used; it appears in no log, no answer, no export, and nowhere on the disk in plain
//! text.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Value, json};
use testkeep_domain::config::DatabaseConfig;
use testkeep_server::testing::openapi_json;
use testkeep_tests::api::Caller;
use testkeep_tests::mail_server::MailServer;
use testkeep_tests::programs::{ServerFolder, run_server_program};

use super::{ACCOUNT, newest, step_names, test_mail, wait_for_state};

const USER: &str = "robot";
const RIGHT: &str = "Xylophone-Zeppelin-4711";
const WRONG: &str = "Quagmire-Yesterday-0815";

/// As typed, and as sent to the mail server: `AUTH LOGIN` and `AUTH PLAIN`.
fn forms(password: &str) -> Vec<String> {
    let plain = format!("\0{USER}\0{password}");
    let encoded = |text: &str| [STANDARD.encode(text), STANDARD_NO_PAD.encode(text), hex::encode(text)];
    let mut forms = vec![password.to_owned()];
    forms.extend([encoded(password), encoded(&plain)].concat());
    forms
}

/// # Panics
/// The bytes contain a password in one of its forms.
fn assert_clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in [forms(RIGHT), forms(WRONG)].concat() {
        if let Some(at) = text.find(&form) {
            let from = text[..at].char_indices().rev().nth(80).map_or(0, |(index, _)| index);
            panic!("{what} holds {form}: {}", &text[from..at + form.len()]);
        }
    }
}

/// Checks every file below a folder; returns the number of bytes.
fn assert_folder_clean(folder: &Path) -> usize {
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read += assert_folder_clean(&path);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            assert_clean(&path.display().to_string(), &bytes);
            read += bytes.len();
        }
    }
    read
}

/// Sends every read request for the account and an organization; returns the bodies of answers with 200, by path.
async fn everything(owner: &Caller, organization: i64) -> BTreeMap<String, Vec<u8>> {
    let api: Value = serde_json::from_str(&openapi_json()).unwrap();
    let mut answers = BTreeMap::new();
    for (template, _) in api["paths"].as_object().unwrap().iter().filter(|(_, item)| item["get"].is_object())
    {
        for (level, id) in [("accounts", 1), ("organizations", organization)] {
            let path = template.replace("{level}", level).replace("{id}", &id.to_string());
            // The remaining parameters name products and similar things.
            let path: String = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let request = owner.request("GET", &path).bearer_auth(owner.bearer.as_ref().unwrap());
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let body = answer.bytes().await.unwrap().to_vec();
            assert_clean(&path, &body);
            if status == 200 {
                answers.insert(path, body);
            }
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_password_is_in_no_log_answer_or_export() {
    let mail = MailServer::start_with(&["--login", &format!("{USER}:{RIGHT}")]);
    let mut folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    folder.config.log.level = "trace".into();
    std::fs::write(folder.layout().config_file(), folder.config.to_toml()).unwrap();
    let server = folder.start();
    let owner = server.set_up().await;
    let organization = owner.organization("Compilers").await;

    // Used: tested and saved, and refused by the mail server; for the account and for an organization.
    let with = |password: &str| {
        json!({ "host": "127.0.0.1", "port": mail.port, "protocol": "smtp", "username": USER,
                "password": password, "sender": "testkeep@example.com" })
    };
    let tested = test_mail(&owner, &with(RIGHT), "ada@example.com").await;
    assert_eq!(tested.body["ok"], true, "{}", tested.body);
    assert!(step_names(&tested).contains(&"login"));
    let refused = test_mail(&owner, &with(WRONG), "ada@example.com").await;
    assert_eq!(refused.body["ok"], false);
    assert_eq!(step_names(&refused).last(), Some(&"login"));
    let mut answers = vec![tested.body, refused.body];
    let invite = async |address: &str| {
        let path = format!("/api/v2/organizations/{organization}/invitations");
        assert_eq!(owner.post(&path, &json!({ "addresses": address })).await.status, 200);
    };
    answers.push(owner.put(&format!("{ACCOUNT}/mail-settings"), &with(RIGHT)).await.body);
    invite("grace@example.com").await;
    wait_for_state(&owner, "sent").await;
    let own = format!("/api/v2/organizations/{organization}/mail-settings");
    answers.push(owner.put(&own, &with(WRONG)).await.body);
    invite("linus@example.com").await;
    // The mail waits for working settings.
    let mut waiting = newest(&owner).await;
    while waiting["last_error"].is_null() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        waiting = newest(&owner).await;
    }
    assert!(waiting["last_error"].as_str().unwrap().starts_with("535"), "{waiting}");
    assert_eq!(waiting["state"], "queued");
    // Refused before it is used.
    let mut odd = with(RIGHT);
    odd["port"] = json!(70_000);
    answers.push(owner.put(&own, &odd).await.body);
    odd["password"] = json!([RIGHT]);
    answers.push(owner.put(&own, &odd).await.body);
    for answer in &answers {
        assert_clean("an answer", answer.to_string().as_bytes());
    }

    let answers = everything(&owner, organization).await;
    for expected in [
        "/api/v2/accounts/1/mail-settings",
        "/api/v2/accounts/1/mails",
        "/api/v2/accounts/1/audit-events",
        "/api/v2/accounts/1/audit-events/export",
        "/api/v2/accounts/1/users/export",
    ] {
        assert!(
            answers.get(expected).is_some_and(|body| !body.is_empty()),
            "{expected} in {:?}",
            answers.keys()
        );
    }
    assert!(
        String::from_utf8_lossy(&answers["/api/v2/accounts/1/audit-events"]).contains("update_mail_settings")
    );
    let config = folder.layout().config_file().display().to_string();
    let exported = run_server_program(&["audit", "export", "--config", &config], "");
    assert!(exported.status.success() && exported.stdout.len() > 1000);
    assert_clean("audit export", &[exported.stdout, exported.stderr].concat());
    drop(server);

    let logged = assert_folder_clean(&folder.layout().logs());
    assert!(logged > 10_000, "the log says what it does: {logged} bytes");
    // Encrypted in the database, its journal and every other file.
    assert_folder_clean(folder.layout().data().parent().unwrap());
}
