//! Memory use with many peers and with greedy ones.

use std::net::IpAddr;

use futures_util::future::join_all;
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::api::{EMAIL, PASSWORD, credentials};
use testkeep_tests::attack;
use testkeep_tests::programs::ServerFolder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::server;

/// In MB, for a build without optimization. Before memory was reused, this test reached more than 600.
const RESIDENT: f64 = 150.0;

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_cost_no_memory_for_good() {
    let mut folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let proxy: IpAddr = [127, 0, 0, 1].into();
    folder.change(|config| config.trusted_proxies = vec![proxy.into()]);
    let server = folder.start();
    server.set_up().await;
    let client = reqwest::Client::new();
    for round in 0..2 {
        let crowd = (0..150).map(|number| {
            let email = if number == 0 { EMAIL.into() } else { format!("person{number}@example.com") };
            let request = client
                .post(format!("{}/api/v2/sessions", server.url))
                .header("x-forwarded-for", format!("10.0.{round}.{number}"))
                .json(&credentials(&email, PASSWORD));
            async move { request.send().await.unwrap().status().as_u16() }
        });
        let answers = join_all(crowd).await;
        assert_eq!(answers[0], 201, "the right password in the crowd");
        assert!(answers[1..].iter().all(|status| *status == 401), "{answers:?}");
    }
    let resident = server.resident_megabytes();
    assert!(resident < RESIDENT, "{resident} MB after 300 sign-ins");
}

/// Answers without a body went into a buffer without a limit.
#[tokio::test(flavor = "multi_thread")]
async fn unread_answers_stop_the_reading_of_requests() {
    const MOST: usize = 256 * 1024 * 1024;
    let (_folder, server) = server();
    let before = server.resident_megabytes();
    for request in ["HEAD /livez", "GET /livez", "GET /", "GET /no", "OPTIONS /api/v2/me"] {
        let stream = attack::connect(2, attack::target(&server.url)).await.unwrap();
        let request = format!("{request} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        let sent = attack::send_without_reading(&stream, request.as_bytes(), MOST).await.unwrap();
        assert!(sent < MOST, "{request}: the server took {sent} bytes of requests");
        let grown = server.resident_megabytes() - before;
        assert!(grown < 40.0, "{request}: {grown} MB more");
    }
}

/// A body in pieces of one byte costs memory per piece, not per byte.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_in_tiny_pieces_cost_no_more() {
    const PIECES: usize = 700_000;
    let (_folder, server) = server();
    let before = server.resident_megabytes();
    let start = "POST /api/v2/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 transfer-encoding: chunked\r\n\r\n";
    let pieces = b"1\r\n \r\n".repeat(PIECES);
    let peers = (0..6).map(|_| async {
        let mut stream = attack::connect(2, attack::target(&server.url)).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        // The server refuses the request before its end.
        let _refused = stream.write_all(&pieces).await;
        stream
    });
    let peers = join_all(peers).await;
    let grown = server.resident_megabytes() - before;
    assert!(grown < 75.0, "{grown} MB for {} bodies of {PIECES} pieces", peers.len());
}

/// Large bodies share one bounded memory; small requests do not use it.
#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_share_bounded_memory() {
    const BODIES: usize = 90;
    const SENT: usize = 900 * 1024;
    let (_folder, server) = server();
    let before = server.resident_megabytes();
    let start = "POST /api/v2/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: 1000000\r\n\r\n"
        .to_string();
    let peers = (0..BODIES).map(|_| async {
        let mut stream = attack::connect(2, attack::target(&server.url)).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        // The server refuses some before their end.
        let _refused = stream.write_all(&b" ".repeat(SENT)).await;
        stream
    });
    let mut peers = join_all(peers).await;
    let answer = attack::honest(3)
        .post(format!("{}/api/v2/sessions", server.url))
        .json(&credentials(EMAIL, PASSWORD))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403, "a small request is looked at: the server is not activated yet");
    let grown = server.resident_megabytes() - before;
    assert!(grown < 75.0, "{grown} MB for {BODIES} bodies of {SENT} bytes");
    let mut answers = Vec::new();
    for peer in &mut peers {
        let mut answer = [0; 12];
        let read = tokio::time::timeout(std::time::Duration::from_millis(20), peer.read_exact(&mut answer));
        if let Ok(Ok(_)) = read.await {
            answers.push(String::from_utf8_lossy(&answer).into_owned());
        }
    }
    assert!(answers.iter().any(|answer| answer == "HTTP/1.1 429"), "{answers:?}");
    assert!(answers.iter().all(|answer| answer == "HTTP/1.1 429"), "{answers:?}");
}
