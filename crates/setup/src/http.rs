//! The smallest HTTP client that can ask our own server on this machine: one request, one answer, then closed.
//!
//! Speaks HTTP/1.0 so that answers are never chunked. Bounded in time and size; follows nothing, trusts nothing.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWER_MAX: u64 = 4 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'static str,
    /// Starts with a slash and holds nothing that needs escaping.
    pub(crate) path: &'a str,
    pub(crate) bearer: Option<&'a str>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// Nobody listens there.
    #[error("nothing listens on port {0}")]
    NobodyThere(u16),
    #[error("the connection to port {0} broke: {1}")]
    Broken(u16, std::io::Error),
    #[error("port {0} did not answer within 5 seconds")]
    TooSlow(u16),
    #[error("what listens on port {0} does not speak HTTP")]
    NotHttp(u16),
}

/// Asks `127.0.0.1:port`.
pub(crate) async fn send(port: u16, request: Request<'_>) -> Result<Answer, HttpError> {
    let text = write_request(port, request);
    let bytes =
        tokio::time::timeout(TIMEOUT, exchange(port, text)).await.map_err(|_| HttpError::TooSlow(port))??;
    read_answer(&bytes).ok_or(HttpError::NotHttp(port))
}

fn write_request(port: u16, Request { method, path, bearer }: Request<'_>) -> String {
    let bearer = bearer.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!(
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: 0\r\n{bearer}\r\n"
    )
}

async fn exchange(port: u16, request: String) -> Result<Vec<u8>, HttpError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect(address).await.map_err(|_| HttpError::NobodyThere(port))?;
    let broken = |error| HttpError::Broken(port, error);
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut bytes = Vec::new();
    match stream.take(ANSWER_MAX).read_to_end(&mut bytes).await {
        // A server that stops may cut the connection after its answer.
        Err(error) if bytes.is_empty() => Err(broken(error)),
        _ => Ok(bytes),
    }
}

fn read_answer(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let mut words = head.lines().next()?.split(' ');
    let status = words.next().filter(|version| version.starts_with("HTTP/1.")).and(words.next())?;
    Some(Answer { status: status.parse().ok()?, body: bytes[end + 4..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_answers_and_refuses_noise() {
        let answer = read_answer(b"HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\nbody").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (503, &b"body"[..]));
        for noise in [
            &b""[..],
            b"SSH-2.0-OpenSSH\r\n",
            b"HTTP/1.1 xx\r\n\r\n",
            b"220 mail 200\r\n\r\n",
            b"\xff\xfe\r\n\r\n",
        ] {
            assert!(read_answer(noise).is_none());
        }
    }

    #[tokio::test]
    async fn says_that_nobody_is_there() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let request = Request { method: "GET", path: "/livez", bearer: None };
        assert!(matches!(send(free, request).await, Err(HttpError::NobodyThere(_))));
    }
}
