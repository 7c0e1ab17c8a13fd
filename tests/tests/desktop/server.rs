//! Requests to the installed server over HTTP, as every client sends them.

use reqwest::{Client, Response};
use serde_json::{Value, json};
use testkeep_domain::Port;
use testkeep_local::control::Control;

use crate::place::Place;

pub(crate) struct Account {
    pub(crate) email: &'static str,
    pub(crate) password: String,
}

/// `GET /status` of the control port; `None` while no server answers.
pub(crate) async fn status(place: &Place) -> Option<Value> {
    let port = Port::try_from(i64::from(place.control_port)).ok()?;
    let control = Control::new(port, place.layout().control_token());
    let answer = control.request("GET", "/status", b"").await.ok()?;
    serde_json::from_slice(&answer.body).ok()
}

/// `GET /api/v2/status`.
pub(crate) async fn public_status(place: &Place) -> Value {
    let answer = Client::new().get(format!("{}/api/v2/status", place.server_url())).send().await.unwrap();
    answer.error_for_status().unwrap().json().await.unwrap()
}

/// Creates the default account with the token of the link that was opened in the browser.
pub(crate) async fn create_default_account(place: &Place, setup_token: &str, account: &Account) {
    let body = json!({
        "setup_token": setup_token, "email": account.email, "password": account.password,
        "first_name": "Ada", "last_name": "Lovelace",
    });
    let url = format!("{}/api/v2/default-account", place.server_url());
    let answer = Client::new().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
}

/// `POST /api/v2/sessions`.
pub(crate) async fn session(place: &Place, account: &Account) -> Response {
    let body = json!({ "email": account.email, "password": account.password });
    let url = format!("{}/api/v2/sessions", place.server_url());
    Client::new().post(url).json(&body).send().await.unwrap()
}

/// Signs in and reads the profile.
pub(crate) async fn sign_in(place: &Place, account: &Account) {
    let answer = session(place, account).await;
    assert_eq!(answer.status(), 201);
    let session: Value = answer.json().await.unwrap();
    let url = format!("{}/api/v2/me", place.server_url());
    let token = session["token"].as_str().unwrap();
    let me: Value = Client::new().get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap();
    assert_eq!(me["user"]["email"], account.email);
    assert_eq!(me["account_role"], "owner");
}

/// Takes a KRE seat as a licensed program in a container does, for a live session with this name.
pub(crate) async fn take_seat(place: &Place, account: &Account, name: &str) {
    let session: Value = session(place, account).await.json().await.unwrap();
    let body = json!({
        "package": "FLOATING_ENGINE", "machine_id": "farm", "session_id": name, "hostname": "farm",
        "client_version": "10.3.1",
    });
    let url = format!("{}/api/v2/leases", place.server_url());
    let token = session["token"].as_str().unwrap();
    let answer = Client::new().post(url).bearer_auth(token).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}
