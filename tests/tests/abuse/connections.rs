//! Peers that are too slow, and requests that are too large.

use std::time::Duration;

use testkeep_tests::attack;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server;

/// More than twice the server's limit.
const AT_MOST: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn peers_that_take_too_long_are_ended() {
    let (_folder, server) = server();
    let to = attack::target(&server.url);
    let slow_body =
        b"POST /api/v2/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                      content-length: 100000\r\n\r\n{";
    let peer = |start: &'static [u8], drop: &'static [u8]| async move {
        attack::trickle(attack::connect(2, to).await.unwrap(), start, drop, AT_MOST).await
    };
    let not_reading = async {
        let stream = attack::connect(2, to).await.unwrap();
        attack::send_without_reading(&stream, &attack::get("/"), usize::MAX).await.unwrap();
        attack::until_ended(&stream, AT_MOST).await
    };
    let honest = async {
        let client = reqwest::Client::new();
        for _ in 0..20 {
            let answer = client.get(format!("{}/readyz", server.url)).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    let (silent, slow_head, slow_body, not_reading, ()) = tokio::join!(
        peer(b"", b""),
        peer(b"GET / HTTP/1.1\r\nhost: x", b"x"),
        peer(slow_body, b" "),
        not_reading,
        honest
    );
    for (name, ended) in
        [("silent", silent), ("slow head", slow_head), ("slow body", slow_body), ("not reading", not_reading)]
    {
        let ended = ended.unwrap_or_else(|| panic!("the {name} peer is still connected"));
        assert!(ended > Duration::from_secs(5), "the {name} peer had {ended:?}: slow lines need more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_no_http_is_refused() {
    let (_folder, server) = server();
    let long = "x".repeat(300_000);
    let many = "a: b\r\n".repeat(200);
    for (request, expected) in [
        (format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"), "HTTP/1.1 4"),
        (format!("GET / HTTP/1.1\r\nhost: x\r\nx: {long}\r\n\r\n"), "HTTP/1.1 431"),
        (format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "HTTP/1.1 431"),
        ("\u{16}\u{3}\u{1}\u{2}nonsense\r\n\r\n".into(), "HTTP/1.1 400"),
        ("GET / HTTP/9.9\r\n\r\n".into(), "HTTP/1.1 400"),
    ] {
        let mut stream = attack::connect(2, attack::target(&server.url)).await.unwrap();
        // The server may close the connection before it has read everything.
        let _refused = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _reset = tokio::time::timeout(AT_MOST, stream.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.starts_with(expected),
            "{}: {answer}",
            &request[..20.min(request.len())]
        );
    }
    assert_eq!(reqwest::get(format!("{}/readyz", server.url)).await.unwrap().status(), 200);
}
