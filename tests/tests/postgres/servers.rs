//! Servers that are not PostgreSQL, and configurations for real ones.

use std::io::{Read, Write};
use std::net::TcpListener;

use testkeep_domain::Secret;
use testkeep_domain::config::PostgresConfig;
use testkeep_tests::postgres::{PASSWORD, USER};

/// The test user with this URL.
pub(crate) fn at(url: impl Into<String>) -> PostgresConfig {
    as_user(url, USER, PASSWORD)
}

pub(crate) fn as_user(url: impl Into<String>, user: &str, password: &str) -> PostgresConfig {
    PostgresConfig { jdbc_url: url.into(), user: user.into(), password: Secret::new(password) }
}

/// A port without a listener.
pub(crate) fn dead_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).expect("loopback works").local_addr().expect("loopback works").port()
}

/// Accepts, reads and never answers.
pub(crate) fn tarpit() -> u16 {
    serve(|mut stream| {
        let mut buffer = [0; 1024];
        while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
    })
}

/// Waits for a whole line, as web servers do, and answers it with a page.
pub(crate) fn web_server() -> u16 {
    serve(|mut stream| {
        let (mut seen, mut buffer) = (Vec::new(), [0; 1024]);
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            seen.extend_from_slice(&buffer[..count]);
            if seen.contains(&b'\n') {
                let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                return;
            }
        }
    })
}

fn serve(answer: impl Fn(std::net::TcpStream) + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback works");
    let port = listener.local_addr().expect("loopback works").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(stream));
        }
    });
    port
}
