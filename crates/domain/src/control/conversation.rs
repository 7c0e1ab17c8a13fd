//! A program's side of the conversation, as the bytes it sends and the answers it reads. HTTP/1.0, so that answers
//! are never chunked.

use serde::{Deserialize, Serialize};

use super::{ANSWER_MAX, ControlKey, HELLO, Nonce, SCHEME, SignedRequest};

/// What the server answers to `GET /hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// Goes into the proof of one request, on the same connection and within 30 seconds.
    pub nonce: String,
    /// That the server knows the secret.
    pub proof: String,
}

/// The program that answers does not know the secret: it is another program, or a server with another secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what listens on port {0} did not prove that it is this installation's server")]
pub struct NotTheServer(pub u16);

/// The first step: asking the server to prove itself.
#[derive(Debug)]
pub struct Hello<'a> {
    key: &'a ControlKey,
    port: u16,
    nonce: Nonce,
}

/// The second step: the server has proven itself, and a request may be sent on this connection.
#[derive(Debug)]
pub struct Proven<'a> {
    key: &'a ControlKey,
    port: u16,
    server_nonce: String,
}

impl<'a> Hello<'a> {
    /// `nonce` is fresh and random, or an old answer could be played back.
    pub fn new(key: &'a ControlKey, port: u16, nonce: Nonce) -> Self {
        Self { key, port, nonce }
    }

    pub fn request(&self) -> String {
        let (port, nonce) = (self.port, hex::encode(self.nonce));
        format!(
            "GET {HELLO}?nonce={nonce} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: keep-alive\r\n\r\n"
        )
    }

    /// # Errors
    /// The answer does not prove that the server knows the secret. Send nothing more then.
    pub fn verify(self, answer: &Answer) -> Result<Proven<'a>, NotTheServer> {
        let hello: HelloAnswer = serde_json::from_slice(&answer.body).map_err(|_| NotTheServer(self.port))?;
        let is_server = answer.status == 200
            && hello.nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && self.key.is_server_proof(&hello.proof, self.port, &self.nonce, &hello.nonce);
        if !is_server {
            return Err(NotTheServer(self.port));
        }
        Ok(Proven { key: self.key, port: self.port, server_nonce: hello.nonce })
    }
}

impl Proven<'_> {
    /// The one request of this connection. `path` holds nothing that needs escaping; `body` is JSON or empty.
    pub fn request(self, method: &str, path: &str, body: &[u8]) -> Vec<u8> {
        let (port, server_nonce) = (self.port, self.server_nonce.as_str());
        let proof = self.key.request_proof(&SignedRequest { port, server_nonce, method, path, body });
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\
             Authorization: {SCHEME} {server_nonce} {proof}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// What was read so far; `is_all` when the connection has ended. `Ok(None)`: read on.
    ///
    /// # Errors
    /// This is no HTTP answer, or it is longer than [`ANSWER_MAX`].
    pub fn read(bytes: &[u8], is_all: bool) -> Result<Option<Self>, NotHttp> {
        if bytes.len() > ANSWER_MAX || !begins_as_http(bytes) {
            return Err(NotHttp);
        }
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return if is_all { Err(NotHttp) } else { Ok(None) };
        };
        let head = std::str::from_utf8(&bytes[..end]).map_err(|_| NotHttp)?;
        let body = &bytes[end + 4..];
        let status = head.split(' ').nth(1).and_then(|word| word.get(..3)).and_then(|word| word.parse().ok());
        let status = status.ok_or(NotHttp)?;
        match length_of(head) {
            Some(length) if body.len() >= length => Ok(Some(Self { status, body: body[..length].into() })),
            // Cut off: the reader of the body will say so.
            _ if is_all => Ok(Some(Self { status, body: body.into() })),
            _ => Ok(None),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHttp;

/// As far as there are bytes.
fn begins_as_http(bytes: &[u8]) -> bool {
    const START: &[u8] = b"HTTP/1.";
    let length = bytes.len().min(START.len());
    bytes[..length] == START[..length]
}

fn length_of(head: &str) -> Option<usize> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    value.trim().parse().ok()
}
