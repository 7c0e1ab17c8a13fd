//! Attacks of hostile peers on a server, over real sockets. Callers bound their number and time.
//!
//! Attackers have loopback addresses of their own, 127.0.0.2 and up, so that limits per address affect only them.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

/// How often a waiting peer checks whether its connection has ended.
const LOOK: Duration = Duration::from_millis(100);

/// The address of the attacker with this number.
pub fn address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, number)
}

/// The server's address from its URL, `http://127.0.0.1:PORT`.
pub fn target(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").parse().expect("an address and a port")
}

pub async fn connect(from: u8, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Ended connections of an attacker must not block their ports.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddrV4::new(address(from), 0).into())?;
    socket.connect(to).await
}

/// An honest client with its own address and a new connection for each request.
pub fn honest(number: u8) -> reqwest::Client {
    let client = reqwest::Client::builder().local_address(std::net::IpAddr::from(address(number)));
    client.pool_max_idle_per_host(0).timeout(Duration::from_mins(2)).build().expect("a client")
}

pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

/// Sends requests and reads no answer, until the server accepts no bytes for a second or has taken `most` bytes.
/// Returns how many bytes it took.
pub async fn send_without_reading(stream: &TcpStream, request: &[u8], most: usize) -> std::io::Result<usize> {
    let many = request.repeat(16 * 1024 / request.len() + 1);
    let mut sent = 0;
    while sent < most {
        if tokio::time::timeout(Duration::from_secs(1), stream.writable()).await.is_err() {
            break;
        }
        // Continues at the position within a request where the last write ended.
        match stream.try_write(&many[sent % request.len()..]) {
            Ok(bytes) => sent += bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}

/// Whether the server has ended the connection. Reads nothing.
pub fn has_ended(stream: &TcpStream) -> bool {
    match stream.try_write(b"x") {
        Ok(_) => false,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Waits until the server has ended the connection; returns how long it took.
pub async fn until_ended(stream: &TcpStream, at_most: Duration) -> Option<Duration> {
    let start = Instant::now();
    while start.elapsed() < at_most {
        if has_ended(stream) {
            return Some(start.elapsed());
        }
        tokio::time::sleep(LOOK).await;
    }
    None
}

/// Sends `start`, then `drop` again and again; returns when the server ends the connection, and after how long.
pub async fn trickle(
    mut stream: TcpStream,
    start: &[u8],
    drop: &[u8],
    at_most: Duration,
) -> Option<Duration> {
    let began = Instant::now();
    if stream.write_all(start).await.is_err() {
        return Some(began.elapsed());
    }
    let mut answer = [0; 1024];
    while began.elapsed() < at_most {
        tokio::time::sleep(LOOK).await;
        let ended = match stream.try_read(&mut answer) {
            Ok(bytes) => bytes == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        if ended || (!drop.is_empty() && stream.write_all(drop).await.is_err()) {
            return Some(began.elapsed());
        }
    }
    None
}
