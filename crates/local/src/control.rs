//! Client of a server's control port: status, stop, log, link for the browser.
//!
//! Reads port and secret from the installation's folder; an account that can read those can control the server. The
//! secret must never be sent: each side proves that it has it (`testkeep_domain::control`).

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use testkeep_domain::config::ServerConfig;
use testkeep_domain::control::{Answer, ControlKey};
use testkeep_domain::log_tail::LogLines;
use testkeep_domain::{Layout, Port, Secret};

use crate::files::{self, Access};
use crate::http::{self, HttpError, Request};
use crate::installation::Installation;

/// How often the secret is read again when the server does not have it: a server makes a new one when it starts.
const ATTEMPTS: usize = 3;

#[derive(Clone, Debug)]
pub struct Control {
    port: Port,
    file: PathBuf,
}

/// The fields of the control port's `/status` that callers here need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlStatus {
    pub version: String,
    pub pid: u32,
    pub server_url: String,
    pub http_port: u16,
    pub control_port: u16,
}

#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("{file} cannot be read: {reason}. Check the path and that you may read it.")]
    Unreadable { file: String, reason: String },
    #[error("{file} is not usable: {reason}")]
    BadConfiguration { file: String, reason: String },
    #[error("The server is not running: {0}.")]
    NotRunning(String),
    #[error(
        "Port {0} is held by another program or another installation: it does not know the secret in conf/control.token. Stop it, or change control_port in conf/testkeep.toml."
    )]
    SomebodyElse(u16),
    /// The server's own message.
    #[error("The server could not do that: {0}")]
    Answered(String),
    #[error("The server did not answer as expected: {0}. Read logs/testkeep.log.")]
    Unexpected(String),
}

impl Control {
    /// # Errors
    /// The configuration or the secret cannot be read.
    pub fn of(layout: &Layout) -> Result<Self, ControlError> {
        let control = Self::new(read_config(layout)?.control_port, layout.control_token());
        control.key()?;
        Ok(control)
    }

    /// As [`of`](Self::of), for an installation whose configuration was read already.
    pub fn of_installation(installation: &Installation) -> Self {
        Self::new(installation.config.control_port, installation.layout().control_token())
    }

    /// `file` is `conf/control.token`.
    pub fn new(port: Port, file: PathBuf) -> Self {
        Self { port, file }
    }

    pub async fn status(&self) -> Result<ControlStatus, ControlError> {
        self.ask("GET", "/status").await
    }

    /// The whole answer to `/status`, unchanged.
    pub async fn whole_status(&self) -> Result<Value, ControlError> {
        self.ask("GET", "/status").await
    }

    /// Requests a stop and returns; the server finishes running requests first.
    pub async fn stop(&self) -> Result<(), ControlError> {
        self.send("POST", "/stop", b"").await.map(drop)
    }

    /// The next page for the browser: activation, default account with a one-time token, or sign-in.
    pub async fn setup_link(&self) -> Result<String, ControlError> {
        #[derive(Deserialize)]
        struct Link {
            url: String,
        }
        let link: Link = self.ask("POST", "/setup-link").await?;
        Ok(link.url)
    }

    /// Without `after`: the last 200 lines.
    pub async fn logs(&self, after: Option<u64>) -> Result<LogLines, ControlError> {
        let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
        self.ask("GET", &format!("/logs{query}")).await
    }

    /// Sets a person's password; their sign-in sessions end.
    pub async fn reset_password(&self, email: &str, password: &Secret) -> Result<(), ControlError> {
        let body = json!({ "email": email, "password": password }).to_string();
        self.send("POST", "/reset-password", body.as_bytes()).await.map(drop)
    }

    async fn ask<T: DeserializeOwned>(&self, method: &str, path: &str) -> Result<T, ControlError> {
        let body = self.send(method, path, b"").await?;
        serde_json::from_slice(&body).map_err(|error| ControlError::Unexpected(error.to_string()))
    }

    async fn send(&self, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>, ControlError> {
        let Answer { status, body } = self.request(method, path, body).await?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        if let Some(message) = message_of(&body) {
            return Err(ControlError::Answered(message));
        }
        let text = String::from_utf8_lossy(&body).chars().take(300).collect::<String>();
        Err(ControlError::Unexpected(format!("status {status}, {text}")))
    }

    /// Sends one request to the server after it has proven that it belongs to this installation; `body` is JSON or
    /// empty.
    ///
    /// # Errors
    /// The secret cannot be read, no program listens on the port, or the listener is not this server.
    pub async fn request(&self, method: &str, path: &str, body: &[u8]) -> Result<Answer, ControlError> {
        let mut key = self.key()?;
        for attempt in 1.. {
            let answer = http::ask(self.port.get(), &key, Request { method, path, body }).await;
            match answer {
                Ok(answer) => return Ok(answer),
                Err(HttpError::NotTheServer(_)) if attempt < ATTEMPTS => {
                    let newest = self.key()?;
                    if newest == key {
                        break;
                    }
                    key = newest;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ControlError::SomebodyElse(self.port.get()))
    }

    fn key(&self) -> Result<ControlKey, ControlError> {
        let file = || self.file.display().to_string();
        let text = files::read_text(&self.file, 4096)
            .map_err(|error| ControlError::Unreadable { file: file(), reason: error.to_string() })?;
        ControlKey::parse(&text)
            .map_err(|error| ControlError::BadConfiguration { file: file(), reason: error.to_string() })
    }
}

/// The message of the server's error envelope.
fn message_of(body: &[u8]) -> Option<String> {
    let envelope: Value = serde_json::from_slice(body).ok()?;
    envelope.pointer("/error/message")?.as_str().map(ToOwned::to_owned)
}

impl From<HttpError> for ControlError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::NotHttp(port) | HttpError::NotTheServer(port) => Self::SomebodyElse(port),
            HttpError::NobodyThere(_) | HttpError::Broken(..) => Self::NotRunning(error.to_string()),
            HttpError::TooSlow(_) => Self::Unexpected(error.to_string()),
        }
    }
}

/// Writes a new secret for the server that starts now, and returns it. Proofs made with the old secret are no longer
/// valid.
///
/// # Errors
/// The file cannot be written, or other accounts could read it.
pub fn renew_key(layout: &Layout) -> io::Result<ControlKey> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    files::write_atomic(
        &layout.control_token(),
        format!("{}\n", hex::encode(key)).as_bytes(),
        Access::Owner,
    )?;
    Ok(ControlKey::from_bytes(key))
}

/// # Errors
/// The file cannot be read or is not a configuration.
pub fn read_config(layout: &Layout) -> Result<ServerConfig, ControlError> {
    let path = layout.config_file();
    let file = || path.display().to_string();
    let text = files::read_text(&path, 1024 * 1024)
        .map_err(|error| ControlError::Unreadable { file: file(), reason: error.to_string() })?;
    ServerConfig::parse(&text)
        .map_err(|error| ControlError::BadConfiguration { file: file(), reason: error.to_string() })
}

#[cfg(test)]
#[path = "control_tests.rs"]
mod tests;
