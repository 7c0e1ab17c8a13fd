//! Mail with a real mail server, and with other programs on its port.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod delivery;
mod forgotten;
mod hostile;
mod kill;
mod messages;
mod moody;
mod queue;
mod removal;
mod returning;
mod routes;
mod secrecy;
mod settings;
mod test_mail;

use serde_json::{Value, json};
use testkeep_tests::api::{Answer, Caller, TestServer};
use testkeep_tests::mail_server::MailServer;

const ACCOUNT: &str = "/api/v2/accounts/1";

/// Settings without TLS, for a port of this machine.
fn settings(port: u16) -> Value {
    json!({ "host": "127.0.0.1", "port": port, "protocol": "smtp", "username": "", "sender": "testkeep@example.com" })
}

/// Configures the account to send through this server.
async fn configure(owner: &Caller, port: u16) {
    let answer = owner.put(&format!("{ACCOUNT}/mail-settings"), &settings(port)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// An owner, and a mail server that the account sends through.
async fn with_mail(server: &TestServer) -> (Caller, MailServer) {
    server.set_up().await;
    let owner = server.owner().await;
    let mail = MailServer::start();
    configure(&owner, mail.port).await;
    (owner, mail)
}

/// Sends a test mail with these settings; the answer contains the steps.
async fn test_mail(owner: &Caller, settings: &Value, recipient: &str) -> Answer {
    let body = json!({ "recipient": recipient, "settings": settings });
    owner.post(&format!("{ACCOUNT}/mail-settings/test"), &body).await
}

/// The name and the message of the last step, which failed.
fn failure(answer: &Answer) -> (&str, &str) {
    assert_eq!((answer.status, &answer.body["ok"]), (200, &Value::Bool(false)), "{}", answer.body);
    let steps = answer.body["steps"].as_array().unwrap();
    let last = steps.last().unwrap();
    assert_eq!(last["ok"], false);
    assert!(steps[..steps.len() - 1].iter().all(|step| step["ok"] == true), "{}", answer.body);
    (last["name"].as_str().unwrap(), last["message"].as_str().unwrap())
}

fn step_names(answer: &Answer) -> Vec<&str> {
    answer.body["steps"].as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect()
}

/// The newest mail of the log.
async fn newest(owner: &Caller) -> Value {
    owner.get(&format!("{ACCOUNT}/mails")).await.body["items"][0].clone()
}

/// Waits until this number of mails of the account is in a state.
async fn wait_for_mails(owner: &Caller, state: &str, count: usize) {
    let mut found = 0;
    for _ in 0..200 {
        let mails = owner.get(&format!("{ACCOUNT}/mails?per_page=100")).await.body;
        found = mails["items"].as_array().unwrap().iter().filter(|mail| mail["state"] == state).count();
        if found >= count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{found} of {count} mails are {state}");
}

async fn wait_for_state(owner: &Caller, state: &str) -> Value {
    for _ in 0..200 {
        let mail = newest(owner).await;
        if mail["state"] == state {
            return mail;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the newest mail is {}", newest(owner).await);
}
