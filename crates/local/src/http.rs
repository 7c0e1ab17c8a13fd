//! A minimal HTTP client for our own server on this machine: one request, one answer, then the connection is closed.
//!
//! Uses HTTP/1.0, so that answers are never chunked. Time and size are bounded. Must never follow a redirect.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use testkeep_domain::config::ServerConfig;
use testkeep_domain::control::{Answer, ControlKey, Hello, NONCE_BYTES};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// Starts with a slash and contains nothing that needs escaping.
    pub(crate) path: &'a str,
    /// JSON, or empty.
    pub(crate) body: &'a [u8],
}

#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No program listens on the port.
    #[error("nothing listens on port {0}")]
    NobodyThere(u16),
    #[error("the connection to port {0} broke: {1}")]
    Broken(u16, std::io::Error),
    #[error("port {0} did not answer within 5 seconds")]
    TooSlow(u16),
    #[error("what listens on port {0} does not speak HTTP")]
    NotHttp(u16),
    /// The listener is another program. Only a random number was sent to it.
    #[error("what listens on port {0} did not prove that it is this installation's server")]
    NotTheServer(u16),
}

/// Where this machine reaches the HTTP port: the configured address, or loopback when the server listens on all.
pub fn own_address(config: &ServerConfig) -> SocketAddr {
    let address = match config.http_address {
        address if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, config.http_port.get())
}

/// The status code of a request without a proof. `path` starts with a slash.
///
/// # Errors
/// No program listens, it is too slow, or it does not speak HTTP.
pub async fn get(address: SocketAddr, path: &str) -> Result<u16, HttpError> {
    let (port, request) =
        (address.port(), format!("GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n"));
    let answer = bounded(port, async {
        let mut stream = connect(address).await?;
        exchange(port, &mut stream, request.as_bytes()).await
    })
    .await?;
    Ok(answer.status)
}

/// Checks the proof of the server on `127.0.0.1:port`, then sends a request with a proof made from the same secret.
pub(crate) async fn ask(port: u16, key: &ControlKey, request: Request<'_>) -> Result<Answer, HttpError> {
    let mut nonce = [0; NONCE_BYTES];
    getrandom::fill(&mut nonce).map_err(|error| HttpError::Broken(port, error.into()))?;
    bounded(port, async {
        let mut stream = connect((Ipv4Addr::LOCALHOST, port).into()).await?;
        let hello = Hello::new(key, port, nonce);
        let answer = exchange(port, &mut stream, hello.request().as_bytes()).await?;
        let proven = hello.verify(&answer).map_err(|_| HttpError::NotTheServer(port))?;
        let request = proven.request(request.method, request.path, request.body);
        exchange(port, &mut stream, &request).await
    })
    .await
}

async fn bounded<T>(port: u16, work: impl Future<Output = Result<T, HttpError>>) -> Result<T, HttpError> {
    tokio::time::timeout(TIMEOUT, work).await.map_err(|_| HttpError::TooSlow(port))?
}

async fn connect(address: SocketAddr) -> Result<TcpStream, HttpError> {
    TcpStream::connect(address).await.map_err(|_| HttpError::NobodyThere(address.port()))
}

async fn exchange(port: u16, stream: &mut TcpStream, request: &[u8]) -> Result<Answer, HttpError> {
    let broken = |error| HttpError::Broken(port, error);
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
            return Err(broken(std::io::ErrorKind::UnexpectedEof.into()));
        }
        if let Some(answer) = Answer::read(&bytes, ended).map_err(|_| HttpError::NotHttp(port))? {
            return Ok(answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn says_that_nobody_is_there() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(matches!(get(free, "/livez").await, Err(HttpError::NobodyThere(_))));
    }
}
