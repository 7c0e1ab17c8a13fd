//! An attacker that answers instead of a license server, with answers that a test provides.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

type Script = dyn Fn(&Request) -> Vec<u8> + Send + Sync;

pub(crate) struct Attacker {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `POST /api/v2/leases`
    pub(crate) line: String,
    pub(crate) authorization: Option<String>,
    /// Null when the request has no body.
    pub(crate) body: Value,
}

impl Attacker {
    /// `script` returns the bytes of the answer to each request; if empty, the connection stays open and silent.
    pub(crate) fn listen(script: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, noted): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, noted) = (Arc::clone(&script), Arc::clone(&noted));
                std::thread::spawn(move || answer(stream, &*script, &noted));
            }
        });
        Self { url, requests }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, script: &Script, noted: &Mutex<Vec<Request>>) {
    let Some(request) = read(&mut stream) else { return };
    noted.lock().unwrap().push(request.clone());
    let bytes = script(&request);
    if bytes.is_empty() {
        std::thread::sleep(Duration::from_mins(2));
    }
    // A client that has read enough closes the connection.
    let _closed = stream.write_all(&bytes);
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&part[..length]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length: usize = header("content-length").and_then(|text| text.parse().ok()).unwrap_or_default();
    let mut body = bytes.split_off(end + 4);
    let missing = length.saturating_sub(body.len());
    std::io::Read::take(&mut *stream, missing as u64).read_to_end(&mut body).ok()?;
    let line = head.lines().next()?.rsplit_once(' ')?.0.to_owned();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Request { line, authorization: header("authorization"), body })
}

/// A whole answer.
pub(crate) fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into()
}

/// A refusal in the server's own format.
pub(crate) fn refusal(status: &str, code: &str, message: &str) -> Vec<u8> {
    http(status, "", &serde_json::json!({ "error": { "code": code, "message": message } }).to_string())
}

/// A seat, in the server's own format.
pub(crate) fn seat(lease: &str) -> Vec<u8> {
    http("200 OK", "", &serde_json::json!({ "id": 7, "lease": lease }).to_string())
}
