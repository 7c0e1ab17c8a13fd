//! Client of the server's control port (docs/api-design.md, “Control port”).
//!
//! Owns the requests and what their failures mean. Must never talk to anything but this machine, follow a proxy,
//! or put the token into a message.

use std::net::IpAddr;
use std::time::Duration;
use testkeep_domain::Secret;
use testkeep_domain::log_tail::LogLines;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::installation::{Installation, read_text};

const TIME_LIMIT: Duration = Duration::from_secs(5);
const CONNECT_LIMIT: Duration = Duration::from_secs(1);
const ANSWER_MAX_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// Nothing listens, or it does not answer in time.
    #[error("The server does not answer on its control port: {0}. Start it, or wait until it has started.")]
    Silent(String),
    #[error(
        "A program on control port {0} does not accept this installation's token. Stop that program, or run \
         this window as the user who installed the server."
    )]
    Refused(u16),
    #[error("The server could not do that: {0}")]
    Answered(String),
    #[error("{} cannot be read: {reason}. Open this window as a user who may read it.", file.display())]
    Token { file: std::path::PathBuf, reason: std::io::Error },
}

#[derive(Deserialize)]
struct SetupLink {
    url: String,
}

/// The control port of one installation.
pub(crate) struct ControlPort<'a> {
    client: &'a reqwest::Client,
    port: u16,
    token: String,
}

/// The client for everything this program asks over HTTP.
pub(crate) fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().timeout(TIME_LIMIT).connect_timeout(CONNECT_LIMIT);
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap_or_default()
}

impl<'a> ControlPort<'a> {
    /// # Errors
    /// The token file cannot be read.
    pub(crate) fn of(installation: &Installation, client: &'a reqwest::Client) -> Result<Self, ControlError> {
        let file = installation.layout().control_token();
        let token = read_text(&file).map_err(|reason| ControlError::Token { file, reason })?;
        Ok(Self { client, port: installation.config.control_port.get(), token: token.trim().to_owned() })
    }

    pub(crate) async fn status(&self) -> Result<Value, ControlError> {
        self.ask(reqwest::Method::GET, "/status").await
    }

    /// Asks the server to finish running requests and end; it answers before it does.
    pub(crate) async fn stop(&self) -> Result<(), ControlError> {
        self.send(reqwest::Method::POST, "/stop").await.map(|_| ())
    }

    /// Lines after `after`, or the last 200.
    pub(crate) async fn logs(&self, after: Option<u64>) -> Result<LogLines, ControlError> {
        let query = after.map_or_else(String::new, |after| format!("?after={after}"));
        self.ask(reqwest::Method::GET, &format!("/logs{query}")).await
    }

    /// Where the browser goes next.
    pub(crate) async fn setup_link(&self) -> Result<String, ControlError> {
        self.ask(reqwest::Method::POST, "/setup-link").await.map(|SetupLink { url }| url)
    }

    /// Sets somebody's password; their sessions end.
    pub(crate) async fn reset_password(&self, email: &str, password: &Secret) -> Result<(), ControlError> {
        let body = json!({ "email": email, "password": password });
        let request = self.request(reqwest::Method::POST, "/reset-password").json(&body);
        self.finish(request).await.map(|_| ())
    }

    async fn ask<T: DeserializeOwned>(&self, method: reqwest::Method, path: &str) -> Result<T, ControlError> {
        let body = self.send(method, path).await?;
        serde_json::from_slice(&body).map_err(|error| {
            ControlError::Answered(format!(
                "its answer to {path} makes no sense ({error}). Restart the server."
            ))
        })
    }

    async fn send(&self, method: reqwest::Method, path: &str) -> Result<Vec<u8>, ControlError> {
        self.finish(self.request(method, path)).await
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("http://127.0.0.1:{}{path}", self.port)).bearer_auth(&self.token)
    }

    async fn finish(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>, ControlError> {
        let answer = request.send().await.map_err(|error| silent(&error))?;
        let status = answer.status();
        let body = bounded(answer).await?;
        match status.as_u16() {
            200..=299 => Ok(body),
            401 | 403 => Err(ControlError::Refused(self.port)),
            _ => Err(ControlError::Answered(message_of(&body, status))),
        }
    }
}

/// Whether the HTTP connector answers `/livez`.
pub(crate) async fn is_live(installation: &Installation, client: &reqwest::Client) -> bool {
    let port = installation.http_port;
    let url = match installation.config.http_address {
        IpAddr::V6(address) if !address.is_unspecified() => format!("http://[{address}]:{port}/livez"),
        IpAddr::V4(address) if !address.is_unspecified() => format!("http://{address}:{port}/livez"),
        _ => format!("http://127.0.0.1:{port}/livez"),
    };
    client.get(url).send().await.is_ok_and(|answer| answer.status().is_success())
}

fn silent(error: &reqwest::Error) -> ControlError {
    ControlError::Silent(if error.is_connect() {
        "nothing listens there".into()
    } else if error.is_timeout() {
        format!("no answer within {} seconds", TIME_LIMIT.as_secs())
    } else {
        error.to_string()
    })
}

async fn bounded(mut answer: reqwest::Response) -> Result<Vec<u8>, ControlError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| silent(&error))? {
        if body.len() + chunk.len() > ANSWER_MAX_BYTES {
            return Err(ControlError::Answered("its answer is too long. Restart the server.".into()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The message of the server's error envelope.
fn message_of(body: &[u8], status: reqwest::StatusCode) -> String {
    let envelope: Option<Value> = serde_json::from_slice(body).ok();
    let message = envelope.as_ref().and_then(|value| value.pointer("/error/message")).and_then(Value::as_str);
    message.map_or_else(|| format!("it answered {status}. Look into the server's log."), ToOwned::to_owned)
}
