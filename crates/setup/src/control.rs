//! Client of a server's control port: status, stop, log, link into the browser.
//!
//! Reads port and token from the installation's folder; whoever may read those may control the server.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use testkeep_domain::config::ServerConfig;
use testkeep_domain::log_tail::LogLines;
use testkeep_domain::{Layout, Port, Secret};

use crate::files;
use crate::http::{self, HttpError, Request};

#[derive(Clone, Debug)]
pub struct Control {
    port: Port,
    token: Secret,
}

/// The part of the control port's `/status` that callers here need.
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
        "Port {0} is held by another program or another installation. Stop it, or change control_port in conf/testkeep.toml."
    )]
    SomebodyElse(u16),
    #[error("The server did not answer as expected: {0}. Read logs/testkeep.log.")]
    Unexpected(String),
}

impl Control {
    /// # Errors
    /// The configuration or the token cannot be read.
    pub fn of(layout: &Layout) -> Result<Self, ControlError> {
        let config = read_config(layout)?;
        let file = layout.control_token();
        let token = files::read_text(&file, 4096).map_err(|error| ControlError::Unreadable {
            file: file.display().to_string(),
            reason: error.to_string(),
        })?;
        let token = token.trim();
        if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
            let reason = "it holds no token. Delete it and install again to get a new one.".into();
            return Err(ControlError::BadConfiguration { file: file.display().to_string(), reason });
        }
        Ok(Self { port: config.control_port, token: Secret::new(token) })
    }

    pub async fn status(&self) -> Result<ControlStatus, ControlError> {
        self.ask("GET", "/status").await
    }

    /// Asks for a stop and returns; the server finishes running requests first.
    pub async fn stop(&self) -> Result<(), ControlError> {
        self.send("POST", "/stop").await.map(drop)
    }

    /// Where the browser goes next: activation, default account with a one-time token, or sign-in.
    pub async fn setup_link(&self) -> Result<String, ControlError> {
        #[derive(Deserialize)]
        struct Link {
            url: String,
        }
        let link: Link = self.ask("POST", "/setup-link").await?;
        Ok(link.url)
    }

    /// Without `after` the last 200 lines.
    pub async fn logs(&self, after: Option<u64>) -> Result<LogLines, ControlError> {
        let query = after.map(|after| format!("?after={after}")).unwrap_or_default();
        self.ask("GET", &format!("/logs{query}")).await
    }

    async fn ask<T: DeserializeOwned>(&self, method: &'static str, path: &str) -> Result<T, ControlError> {
        let body = self.send(method, path).await?;
        serde_json::from_slice(&body).map_err(|error| ControlError::Unexpected(error.to_string()))
    }

    async fn send(&self, method: &'static str, path: &str) -> Result<Vec<u8>, ControlError> {
        let request = Request { method, path, bearer: Some(self.token.expose()) };
        let answer = http::send(self.port.get(), request).await.map_err(|error| match error {
            HttpError::NotHttp(port) => ControlError::SomebodyElse(port),
            HttpError::NobodyThere(_) | HttpError::Broken(..) => ControlError::NotRunning(error.to_string()),
            HttpError::TooSlow(_) => ControlError::Unexpected(error.to_string()),
        })?;
        match answer.status {
            200..=299 => Ok(answer.body),
            401 | 403 | 404 => Err(ControlError::SomebodyElse(self.port.get())),
            status => {
                let text = String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
                Err(ControlError::Unexpected(format!("status {status}, {text}")))
            }
        }
    }
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
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn answering(
        place: &std::path::Path,
        answer: &'static str,
    ) -> (Control, tokio::task::JoinHandle<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let layout = Layout::new(place);
        std::fs::create_dir_all(layout.conf()).unwrap();
        let config = format!(
            "server_url='http://a:1'\nhttp_port=1\ncontrol_port={port}\n[database]\nkind='built-in'\n"
        );
        std::fs::write(layout.config_file(), config).unwrap();
        std::fs::write(layout.control_token(), "0123abcd\n").unwrap();
        let request = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1000];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        (Control::of(&layout).unwrap(), request)
    }

    #[tokio::test]
    async fn sends_the_token_and_reads_the_answer() {
        let place = tempfile::tempdir().unwrap();
        let answer = "HTTP/1.0 200 OK\r\n\r\n{\"lines\":[\"a\"],\"next\":7}";
        let (control, request) = answering(place.path(), answer).await;
        assert_eq!(control.logs(Some(6)).await.unwrap(), LogLines { lines: vec!["a".into()], next: 7 });
        let request = request.await.unwrap();
        assert!(request.starts_with("GET /logs?after=6 HTTP/1.0\r\n"), "{request}");
        assert!(request.contains("\r\nAuthorization: Bearer 0123abcd\r\n"), "{request}");
        assert!(matches!(control.status().await, Err(ControlError::NotRunning(_))));
    }

    #[tokio::test]
    async fn tells_strangers_from_its_own_server() {
        let place = tempfile::tempdir().unwrap();
        for answer in
            ["HTTP/1.0 401 Unauthorized\r\n\r\n", "HTTP/1.1 404 Not Found\r\n\r\n", "+OK POP3 ready\r\n"]
        {
            let (control, _request) = answering(place.path(), answer).await;
            assert!(matches!(control.status().await, Err(ControlError::SomebodyElse(_))), "{answer}");
        }
        let (control, _request) = answering(place.path(), "HTTP/1.0 200 OK\r\n\r\nnull").await;
        assert!(matches!(control.status().await, Err(ControlError::Unexpected(_))));
    }
}
