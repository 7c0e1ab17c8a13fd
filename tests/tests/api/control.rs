//! The control port: status, stop, and the proofs that every request needs.

use reqwest::Client;
use serde_json::Value;
use testkeep_domain::control::{Answer, ControlKey, HelloAnswer, SignedRequest};
use testkeep_local::control::{Control, ControlError};
use testkeep_tests::api::{CONTROL_TOKEN, TestServer};
use testkeep_tests::on_both_databases;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

on_both_databases!(needs_its_secret_and_tells_the_state, |server| {
    let client = Client::new();
    for token in ["", "wrong", CONTROL_TOKEN] {
        let answer =
            client.get(format!("{}/status", server.control_url)).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), 403);
    }
    let status = server.control("GET", "/status").await;
    assert_eq!(status["setup_state"], "activation_required");
    assert!(status["database"]["version"].as_str().unwrap().contains("SQL"), "{status}");
    assert!(!status.to_string().contains("password"), "{status}");
    let link = server.control("POST", "/setup-link").await;
    assert!(link["url"].as_str().unwrap().contains("/activate#token="), "{link}");
    server.set_up().await;
    let link = server.control("POST", "/setup-link").await;
    assert_eq!(link["url"], format!("{}/sign-in", server.url));
    server.stop().await;
});

on_both_databases!(stops_the_server, |server| {
    assert_eq!(server.control_with("POST", "/stop", &Value::Null).await.0, 202);
    server.wait_until_stopped().await;
});

/// One connection to the control port, on which a test can send any bytes.
struct Connection {
    port: u16,
    stream: TcpStream,
    key: ControlKey,
}

impl Connection {
    async fn new(server: &TestServer) -> Self {
        let port = server.app.config.control_port.get();
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        Self { port, stream, key: ControlKey::parse(CONTROL_TOKEN).unwrap() }
    }

    async fn exchange(&mut self, request: &str) -> Answer {
        self.stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        loop {
            let ended = self.stream.read_buf(&mut bytes).await.unwrap() == 0;
            if let Some(answer) = Answer::read(&bytes, ended).expect("an answer") {
                return answer;
            }
        }
    }

    async fn hello(&mut self) -> HelloAnswer {
        let nonce = "07".repeat(32);
        let answer = self.exchange(&format!("GET /hello?nonce={nonce} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert_eq!(answer.status, 200);
        serde_json::from_slice(&answer.body).unwrap()
    }

    fn proof(&self, nonce: &str, method: &str, path: &str, body: &str) -> String {
        let body = body.as_bytes();
        let (port, server_nonce) = (self.port, nonce);
        self.key.request_proof(&SignedRequest { port, server_nonce, method, path, body })
    }

    async fn ask(&mut self, method: &str, path: &str, body: &str, nonce: &str, proof: &str) -> u16 {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\
             Authorization: Testkeep-Control {nonce} {proof}\r\n\r\n{body}",
            body.len()
        );
        self.exchange(&request).await.status
    }
}

on_both_databases!(a_proof_is_good_once_and_for_its_own_request, |server| {
    let mut connection = Connection::new(&server).await;
    let HelloAnswer { nonce, proof: server_proof } = connection.hello().await;
    let proof = connection.proof(&nonce, "GET", "/logs?after=0", "");
    for (method, path, body) in [
        ("GET", "/logs", ""),
        ("GET", "/logs?after=1", ""),
        ("GET", "/logs?after=0", "x"),
        ("POST", "/stop", ""),
    ] {
        let status = connection.ask(method, path, body, &nonce, &proof).await;
        assert_eq!(status, 403, "{method} {path} {body}");
    }
    let reflected = connection.ask("GET", "/logs?after=0", "", &nonce, &server_proof).await;
    assert_eq!(reflected, 403, "the server's own proof sent back");
    let mut other = Connection::new(&server).await;
    let elsewhere = other.ask("GET", "/logs?after=0", "", &nonce, &proof).await;
    assert_eq!(elsewhere, 403, "overheard, on another connection");
    let right = connection.ask("GET", "/logs?after=0", "", &nonce, &proof).await;
    assert_eq!(right, 200);
    let again = connection.ask("GET", "/logs?after=0", "", &nonce, &proof).await;
    assert_eq!(again, 403, "played back");
    server.stop().await;
});

on_both_databases!(nonces_are_the_servers_own, |server| {
    let mut connection = Connection::new(&server).await;
    let HelloAnswer { nonce, .. } = connection.hello().await;
    let mut parts: Vec<&str> = nonce.split('-').collect();
    let later = (parts[0].parse::<u64>().unwrap() + 1).to_string();
    parts[0] = &later;
    let forged = parts.join("-");
    for made_up in [forged.as_str(), "", "1-2-3", "18446744073709551615-a-b", &format!("{nonce}-"), "-"] {
        let proof = connection.proof(made_up, "GET", "/status", "");
        let status = connection.ask("GET", "/status", "", made_up, &proof).await;
        assert_eq!(status, 403, "{made_up}");
    }
    for wrong in ["", "07", &"zz".repeat(32)] {
        let url = format!("{}/hello?nonce={wrong}", server.control_url);
        assert_eq!(Client::new().get(url).send().await.unwrap().status(), 422, "{wrong}");
    }
    server.stop().await;
});

on_both_databases!(another_runs_secret_opens_nothing, |server| {
    let stale = server.folder.path().join("stale.token");
    std::fs::write(&stale, "ab".repeat(32)).unwrap();
    let control = Control::new(server.app.config.control_port, stale);
    let refused = control.request("POST", "/stop", b"").await;
    assert!(matches!(refused, Err(ControlError::SomebodyElse(_))), "{refused:?}");
    server.stop().await;
});
