//! The client's side of the conversation on the control port: the bytes that it sends and the answers that it reads.
//!
//! Uses HTTP/1.0, so answers are never chunked. Must never send a request before the server has proven itself.

use serde::{Deserialize, Serialize};

use super::{ANSWER_MAX, ControlKey, HELLO, Nonce, SCHEME, SignedRequest};

/// The server's answer to `GET /hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloAnswer {
    /// Part of the proof of one request, on the same connection and within 30 seconds.
    pub nonce: String,
    /// The proof that the server has the secret.
    pub proof: String,
}

/// The program that answered does not have the secret: it is another program, or a server with another secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what listens on port {0} did not prove that it is this installation's server")]
pub struct NotTheServer(pub u16);

/// The first step: the client requests the server's proof.
#[derive(Debug)]
pub struct Hello<'a> {
    key: &'a ControlKey,
    port: u16,
    nonce: Nonce,
}

/// The second step: the server has proven itself, and the client may send a request on this connection.
#[derive(Debug)]
pub struct Proven<'a> {
    key: &'a ControlKey,
    port: u16,
    server_nonce: String,
}

impl<'a> Hello<'a> {
    /// `nonce` must be new and random. Otherwise another program could replay an old answer.
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
    /// The answer does not prove that the server has the secret. The caller must send nothing more.
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
    /// The bytes of the only request on this connection. `path` must contain no character that needs escaping; `body`
    /// is JSON or empty.
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
    /// Parses the bytes received so far. `is_all`: the connection has ended. `Ok(None)`: the answer is not complete
    /// yet.
    ///
    /// # Errors
    /// The bytes are not an HTTP answer, or it is longer than [`ANSWER_MAX`].
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
            // The body is cut off. The code that parses the body reports that.
            _ if is_all => Ok(Some(Self { status, body: body.into() })),
            _ => Ok(None),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHttp;

/// Whether the bytes, as far as there are any, are the beginning of an HTTP answer.
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
