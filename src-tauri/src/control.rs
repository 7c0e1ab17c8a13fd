//! Client of the server's control port (docs/api-design.md, “Control port”).
//!
//! Owns the requests and the meaning of their failures. Must never connect to another machine, send a request to a
//! listener that has not proven to be the server, or put the secret into a message.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;
use testkeep_domain::Secret;
use testkeep_domain::control::{Answer, ControlKey, Hello, NONCE_BYTES};
use testkeep_domain::log_tail::LogLines;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::installation::{Installation, read_text};

const TIME_LIMIT: Duration = Duration::from_secs(5);
const CONNECT_LIMIT: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub(crate) enum ControlError {
    /// No program listens, or it does not answer in time.
    #[error("The server does not answer on its control port: {0}. Start it, or wait until it has started.")]
    Silent(String),
    #[error(
        "A program on control port {0} does not know the secret of this installation's server. Stop that program, or \
         change control_port in conf/testkeep.toml."
    )]
    Refused(u16),
    #[error("The server could not do that: {0}")]
    Answered(String),
    #[error("{} cannot be read: {reason}. Open this window as a user who may read it.", file.display())]
    Secret { file: PathBuf, reason: io::Error },
}

#[derive(Deserialize)]
struct SetupLink {
    url: String,
}

/// The control port of one installation.
pub(crate) struct ControlPort {
    port: u16,
    file: PathBuf,
}

/// The HTTP client for every other request of this program.
pub(crate) fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().timeout(TIME_LIMIT).connect_timeout(CONNECT_LIMIT);
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap_or_default()
}

impl ControlPort {
    pub(crate) fn of(installation: &Installation) -> Self {
        let file = installation.layout().control_token();
        Self { port: installation.config.control_port.get(), file }
    }

    /// Read for every request, because a server writes a new secret when it starts.
    fn key(&self) -> Result<ControlKey, ControlError> {
        let key = read_text(&self.file).and_then(|text| ControlKey::parse(&text).map_err(io::Error::other));
        key.map_err(|reason| ControlError::Secret { file: self.file.clone(), reason })
    }

    pub(crate) async fn status(&self) -> Result<Value, ControlError> {
        self.ask("GET", "/status").await
    }

    /// Requests a stop; the server answers, finishes running requests and ends.
    pub(crate) async fn stop(&self) -> Result<(), ControlError> {
        self.send("POST", "/stop", b"").await.map(|_| ())
    }

    /// Log lines after `after`, or the last 200.
    pub(crate) async fn logs(&self, after: Option<u64>) -> Result<LogLines, ControlError> {
        let query = after.map_or_else(String::new, |after| format!("?after={after}"));
        self.ask("GET", &format!("/logs{query}")).await
    }

    /// The next page for the browser.
    pub(crate) async fn setup_link(&self) -> Result<String, ControlError> {
        self.ask("POST", "/setup-link").await.map(|SetupLink { url }| url)
    }

    /// Sets a person's password; their sign-in sessions end.
    pub(crate) async fn reset_password(&self, email: &str, password: &Secret) -> Result<(), ControlError> {
        let body = json!({ "email": email, "password": password }).to_string();
        self.send("POST", "/reset-password", body.as_bytes()).await.map(|_| ())
    }

    async fn ask<T: DeserializeOwned>(&self, method: &str, path: &str) -> Result<T, ControlError> {
        let body = self.send(method, path, b"").await?;
        serde_json::from_slice(&body).map_err(|error| {
            ControlError::Answered(format!(
                "its answer to {path} makes no sense ({error}). Restart the server."
            ))
        })
    }

    async fn send(&self, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>, ControlError> {
        let key = self.key()?;
        let answer = match self.converse(&key, method, path, body).await {
            // The server has just started: try once more with the secret that it has written.
            Err(ControlError::Refused(port)) => match self.key()? {
                newest if newest == key => return Err(ControlError::Refused(port)),
                newest => self.converse(&newest, method, path, body).await?,
            },
            answer => answer?,
        };
        let Answer { status, body } = answer;
        if (200..300).contains(&status) {
            Ok(body)
        } else {
            Err(ControlError::Answered(message_of(&body, status)))
        }
    }

    async fn converse(
        &self,
        key: &ControlKey,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Answer, ControlError> {
        let conversation = self.prove_and_ask(key, method, path, body);
        let answer = tokio::time::timeout(TIME_LIMIT, conversation).await;
        answer
            .map_err(|_| ControlError::Silent(format!("no answer within {} seconds", TIME_LIMIT.as_secs())))?
    }

    /// Checks the server's proof, then sends the request with a proof of its own on the same connection.
    async fn prove_and_ask(
        &self,
        key: &ControlKey,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Answer, ControlError> {
        let nowhere = |_| ControlError::Silent("nothing listens there".into());
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|error| ControlError::Answered(error.to_string()))?;
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.map_err(nowhere)?;
        let hello = Hello::new(key, self.port, nonce);
        let answer = self.exchange(&mut stream, hello.request().as_bytes()).await?;
        let proven = hello.verify(&answer).map_err(|_| ControlError::Refused(self.port))?;
        self.exchange(&mut stream, &proven.request(method, path, body)).await
    }

    async fn exchange(&self, stream: &mut TcpStream, request: &[u8]) -> Result<Answer, ControlError> {
        let broken = |error: io::Error| ControlError::Silent(error.to_string());
        stream.write_all(request).await.map_err(broken)?;
        let mut bytes = Vec::new();
        loop {
            let ended = match stream.read_buf(&mut bytes).await {
                Ok(length) => length == 0,
                // A stopping server may cut the connection after its answer.
                Err(error) if bytes.is_empty() => return Err(broken(error)),
                Err(_) => true,
            };
            if ended && bytes.is_empty() {
                return Err(ControlError::Silent("it closed the connection".into()));
            }
            let answer = Answer::read(&bytes, ended).map_err(|_| ControlError::Refused(self.port))?;
            if let Some(answer) = answer {
                return Ok(answer);
            }
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

/// The message of the server's error envelope.
fn message_of(body: &[u8], status: u16) -> String {
    let envelope: Option<Value> = serde_json::from_slice(body).ok();
    let message = envelope.as_ref().and_then(|value| value.pointer("/error/message")).and_then(Value::as_str);
    message.map_or_else(|| format!("it answered {status}. Look into the server's log."), ToOwned::to_owned)
}
