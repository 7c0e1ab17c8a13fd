use std::path::Path;

use testkeep_domain::control::HelloAnswer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

async fn installation(place: &Path) -> (TcpListener, Layout, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let layout = Layout::new(place);
    std::fs::create_dir_all(layout.conf()).unwrap();
    let config =
        format!("server_url='http://a:1'\nhttp_port=1\ncontrol_port={port}\n[database]\nkind='built-in'\n");
    std::fs::write(layout.config_file(), config).unwrap();
    std::fs::write(layout.control_token(), format!("{SECRET}\n")).unwrap();
    (listener, layout, port)
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset counts as the end: the other side closed the connection without reading everything.
    while !bytes.ends_with(b"\r\n\r\n") && stream.read_buf(&mut bytes).await.unwrap_or(0) > 0 {}
    String::from_utf8(bytes).unwrap()
}

/// The server's first answer, made with `secret`.
fn hello_answer(request: &str, secret: &str, port: u16) -> String {
    let (_, nonce) = request.split_once("nonce=").unwrap();
    let mut bytes = [0; 32];
    hex::decode_to_slice(&nonce[..64], &mut bytes).unwrap();
    let proof = ControlKey::parse(secret).unwrap().server_proof(port, &bytes, "n1");
    let hello = serde_json::to_string(&HelloAnswer { nonce: "n1".into(), proof }).unwrap();
    format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{hello}", hello.len())
}

#[tokio::test]
async fn proves_itself_to_a_server_that_did() {
    let place = tempfile::tempdir().unwrap();
    let (listener, layout, port) = installation(place.path()).await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let hello = read_request(&mut stream).await;
        stream.write_all(hello_answer(&hello, SECRET, port).as_bytes()).await.unwrap();
        let request = read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n{\"lines\":[\"a\"],\"next\":7}").await.unwrap();
        hello + &request
    });
    let control = Control::of(&layout).unwrap();
    assert_eq!(control.logs(Some(6)).await.unwrap(), LogLines { lines: vec!["a".into()], next: 7 });
    let sent = server.await.unwrap();
    assert!(sent.contains("\r\n\r\nGET /logs?after=6 HTTP/1.0\r\n"), "{sent}");
    assert!(sent.contains("\r\nAuthorization: Testkeep-Control n1 "), "{sent}");
    assert!(!sent.contains(SECRET), "{sent}");
    assert!(matches!(control.status().await, Err(ControlError::NotRunning(_))));
}

/// Answers every connection with the result of `answer` for the first request; returns all bytes it received.
async fn listen_falsely(
    listener: &TcpListener,
    answer: impl Fn(&str) -> String,
    stop: impl Future<Output = ()>,
) -> String {
    let over = Notify::new();
    let listen = async {
        let mut seen = String::new();
        loop {
            // Connections first: bytes that were sent before the end are still read.
            let (mut stream, _) = tokio::select! {
                biased;
                accepted = listener.accept() => accepted.unwrap(),
                () = over.notified() => return seen,
            };
            let request = read_request(&mut stream).await;
            let _gone = stream.write_all(answer(&request).as_bytes()).await;
            // An answer without a length ends when the connection closes.
            let _gone = stream.shutdown().await;
            seen.push_str(&request);
            seen.push_str(&read_request(&mut stream).await);
        }
    };
    let stop = async {
        stop.await;
        over.notify_one();
    };
    // Both must run at the same time, because each waits for the other.
    let (seen, ()) = tokio::join!(listen, stop);
    seen
}

/// A stranger's answer to a request.
type Answering<'a> = Box<dyn Fn(&str) -> String + 'a>;

#[tokio::test]
async fn a_stranger_on_the_port_sees_nothing_it_can_use() {
    let place = tempfile::tempdir().unwrap();
    let (listener, layout, port) = installation(place.path()).await;
    let wrong = SECRET.replace('0', "1");
    let played_back = hello_answer(&format!("nonce={}", "00".repeat(32)), SECRET, port);
    let answers: Vec<Answering<'_>> = vec![
        Box::new(|_| "HTTP/1.0 200 OK\r\n\r\n{\"pid\":1}".into()),
        Box::new(|_| "HTTP/1.0 401 Unauthorized\r\n\r\n".into()),
        Box::new(|_| "+OK POP3 ready\r\n".into()),
        Box::new(|request| hello_answer(request, &wrong, port)),
        Box::new(|request| hello_answer(request, SECRET, port.wrapping_add(1))),
        Box::new(move |_| played_back.clone()),
        Box::new(|request| format!("HTTP/1.0 200 OK\r\n\r\n{request}")),
    ];
    let control = Control::of(&layout).unwrap();
    for answer in answers {
        let asked = async {
            assert!(matches!(control.status().await, Err(ControlError::SomebodyElse(_))));
            assert!(matches!(control.stop().await, Err(ControlError::SomebodyElse(_))));
        };
        let seen = listen_falsely(&listener, answer, asked).await;
        assert!(seen.contains("GET /hello?nonce=") && !seen.contains(SECRET), "{seen}");
        assert!(!seen.contains("Authorization") && !seen.contains("/stop"), "{seen}");
    }
}

#[tokio::test]
async fn a_secret_renewed_meanwhile_is_read_again() {
    let place = tempfile::tempdir().unwrap();
    let (listener, layout, port) = installation(place.path()).await;
    let control = Control::of(&layout).unwrap();
    let newest = "ab".repeat(32);
    let (file, written) = (layout.control_token(), newest.clone());
    let answer = move |request: &str| {
        std::fs::write(&file, &written).unwrap();
        hello_answer(request, &newest, port)
    };
    let asked = async {
        // The second attempt uses the new secret; if the listener then does not answer, it is broken, not a stranger.
        let failed = control.status().await.unwrap_err();
        assert!(matches!(failed, ControlError::NotRunning(_)), "{failed}");
    };
    let seen = listen_falsely(&listener, answer, asked).await;
    assert!(seen.contains("GET /status"), "{seen}");
}

#[test]
fn each_start_has_a_secret_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let layout = Layout::new(place.path());
    std::fs::create_dir_all(layout.conf()).unwrap();
    let first = renew_key(&layout).unwrap();
    let second = renew_key(&layout).unwrap();
    let kept = std::fs::read_to_string(layout.control_token()).unwrap();
    assert!(first != second && ControlKey::parse(&kept).unwrap() == second);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = layout.control_token().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
