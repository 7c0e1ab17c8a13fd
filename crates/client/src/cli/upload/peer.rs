//! The other end of a connection, for tests: answers each request with the next of some prepared bytes, and notes what
//! it received. It has none of a server's rules.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the peer does with one connection.
#[derive(Clone)]
pub(super) enum Reply {
    /// Reads the request, then sends these bytes.
    After(String),
    /// Sends these bytes without reading the body.
    Before(String),
    /// Reads the request and closes the connection.
    Nothing,
}

pub(super) fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} x\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[derive(Clone, Debug, Default)]
pub(super) struct Received {
    /// Request line and headers, in lower case except the request line.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

pub(super) struct Peer {
    pub(super) url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Peer {
    /// The last reply is repeated.
    pub(super) fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::new(Mutex::new(Vec::new()));
        let (notes, replies) = (Arc::clone(&received), replies.to_vec());
        std::thread::spawn(move || {
            for number in 0.. {
                let Ok((stream, _)) = listener.accept() else { return };
                serve(stream, &replies[number.min(replies.len() - 1)], &notes);
            }
        });
        Self { url, received }
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, reply: &Reply, notes: &Mutex<Vec<Received>>) {
    let mut reader = BufReader::new(stream);
    let mut received = Received::default();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() <= 2 {
            break;
        }
        received.head += &if received.head.is_empty() { line } else { lower(&line) };
    }
    let length = received.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    if !matches!(reply, Reply::Before(_)) {
        received.body = vec![0; length];
        reader.read_exact(&mut received.body).unwrap();
    }
    notes.lock().unwrap().push(received);
    if let Reply::After(bytes) | Reply::Before(bytes) = reply {
        let _gone = reader.get_mut().write_all(bytes.as_bytes());
    }
}

fn lower(line: &str) -> String {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    format!("{}:{value}", name.to_lowercase())
}
