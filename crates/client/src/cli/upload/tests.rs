//! The command against a real TCP peer: repeating, keeping, refusals and exit codes.

use std::io::Read as _;
use std::time::{Duration, Instant};

use clap::Parser as _;
use serde_json::Value;

use super::peer::{Peer, Reply, answer};
use super::{UploadArguments, run, upload};
use crate::cli::{Cli, Command};

const REPORT: &str = "<testsuite name=\"s\"><testcase name=\"a\"/></testsuite>";

/// Folders for reports, uploads that are kept, and the key.
struct Place(tempfile::TempDir);

#[derive(Debug)]
struct Ended {
    code: i32,
    outcomes: Vec<Value>,
}

impl Ended {
    #[track_caller]
    fn expect(&self, code: i32, outcomes: &[&str]) {
        let words: Vec<_> =
            self.outcomes.iter().map(|outcome| outcome["outcome"].as_str().unwrap()).collect();
        assert_eq!((self.code, &words[..]), (code, outcomes), "{self:?}");
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), format!("tkk_{}", "0".repeat(64))).unwrap();
        let place = Self(folder);
        place.write("a.xml", REPORT.as_bytes());
        place
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn write(&self, name: &str, content: &[u8]) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn arguments(&self, server: &str, words: &[&str]) -> UploadArguments {
        let (key, spool) = (self.path("key"), self.path("spool"));
        let fixed = ["testkeep", "upload", "--server", server, "--api-key-file", &key, "--spool", &spool];
        let all = fixed.iter().chain(words);
        let Command::Upload(arguments) = Cli::try_parse_from(all).unwrap().command else { unreachable!() };
        *arguments
    }

    async fn upload(&self, server: &str, words: &[&str]) -> Ended {
        let mut outcomes = Vec::new();
        let arguments = self.arguments(server, words);
        let code = run(&arguments, &mut |outcome| outcomes.push(outcome.json())).await.unwrap();
        Ended { code, outcomes }
    }

    /// Uploads `a.xml`.
    async fn one(&self, server: &str, more: &[&str]) -> Ended {
        let file = self.path("a.xml");
        self.upload(server, &[&["--project", "7", &file], more].concat()).await
    }

    fn kept(&self) -> usize {
        let all =
            std::fs::read_dir(self.path("spool")).map(|all| all.map(|entry| entry.unwrap().file_name()));
        all.map_or(0, |all| all.filter(|name| !name.to_string_lossy().starts_with('.')).count())
    }
}

fn received() -> Reply {
    let url = "http://testkeep/e/3";
    let body = serde_json::json!({ "execution_id": 12, "number": 3, "url": url, "state": "reading" });
    Reply::After(answer(201, "", &body.to_string()))
}

fn envelope(status: u16, headers: &str) -> Reply {
    let body = serde_json::json!({ "error": { "code": "x", "message": "No.", "fields": { "file": "bad" } } });
    Reply::After(answer(status, headers, &body.to_string()))
}

fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}

#[tokio::test]
async fn one_file_with_its_labels() {
    let (place, peer) = (Place::new(), Peer::start(&[received()]));
    let words = ["--project", "Web shop/ä", "--branch", "a&b", "--name", "n", &place.path("a.xml")];
    let ended = place.upload(&peer.url, &words).await;
    ended.expect(0, &["uploaded"]);
    assert_eq!(
        (&ended.outcomes[0]["execution_id"], &ended.outcomes[0]["state"]),
        (&12.into(), &"reading".into())
    );
    let request = &peer.received()[0];
    let line = request.head.lines().next().unwrap();
    assert!(
        line.starts_with("POST /api/v2/projects/Web%20shop%2F%C3%A4/reports?file=a%2Exml&name=n&"),
        "{line}"
    );
    assert!(line.contains("&branch=a%26b"), "{line}");
    assert!(request.header("authorization").unwrap().starts_with("Bearer tkk_"), "{request:?}");
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert!((8..=128).contains(&request.header("idempotency-key").unwrap().len()));
    assert_eq!(unzipped(&request.body), REPORT.as_bytes());
    assert_eq!(place.kept(), 0);
}

#[tokio::test]
async fn a_folder_is_one_archive() {
    let (place, peer) = (Place::new(), Peer::start(&[received()]));
    place.write("out/x/b.xml", REPORT.as_bytes());
    let ended = place.upload(&peer.url, &["--project", "7", &place.path("out")]).await;
    ended.expect(0, &["uploaded"]);
    let request = &peer.received()[0];
    assert_eq!(request.header("content-encoding"), None);
    let content = unzipped(&request.body);
    let mut archive = tar::Archive::new(&content[..]);
    let names: Vec<_> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().into_owned()).collect();
    assert_eq!(names, [std::path::Path::new("out/x/b.xml")]);
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says() {
    let place = Place::new();
    let peer =
        Peer::start(&[envelope(503, "retry-after: 2\r\n"), envelope(429, ""), Reply::Nothing, received()]);
    let started = Instant::now();
    place.one(&peer.url, &[]).await.expect(0, &["uploaded"]);
    assert!(started.elapsed() >= Duration::from_secs(2));
    let received = peer.received();
    let keys: Vec<_> = received.iter().map(|request| request.header("idempotency-key").unwrap()).collect();
    assert_eq!((keys.len(), keys.iter().all(|key| *key == keys[0])), (4, true));
    assert!(received.iter().all(|request| request.body == received[0].body));
}

#[tokio::test]
async fn what_an_absent_server_does_not_get_is_sent_next_time() {
    let place = Place::new();
    let peer = Peer::start(&[envelope(503, "retry-after: 3600\r\n"), received()]);
    let started = Instant::now();
    let ended = place.one(&peer.url, &["--strict"]).await;
    ended.expect(69, &["kept"]);
    assert!(ended.outcomes[0]["message"].as_str().unwrap().contains("the next `testkeep upload` sends it"));
    assert!(started.elapsed() < Duration::from_secs(30), "a pause that does not fit is not waited for");
    assert_eq!(place.kept(), 1);
    place.write("a.xml", b"<testsuite/>");
    place.one(&peer.url, &["--strict"]).await.expect(0, &["uploaded"; 2]);
    let bodies: Vec<_> = peer.received().iter().map(|request| unzipped(&request.body)).collect();
    assert_eq!(bodies, [REPORT.as_bytes(), REPORT.as_bytes(), b"<testsuite/>"], "the kept one first");
    let received = peer.received();
    assert_eq!(received[0].header("idempotency-key"), received[1].header("idempotency-key"));
    assert_eq!((place.kept(), received[0].head == received[1].head), (0, true));
}

#[tokio::test]
async fn nobody_listens() {
    let place = Place::new();
    // Bound and closed, so that no other program has the port.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = format!("http://127.0.0.1:{port}");
    let soon = ["--retry-for", "0"];
    place.one(&server, &soon).await.expect(0, &["kept"]);
    place.one(&server, &[&soon[..], &["--strict"]].concat()).await.expect(69, &["kept", "kept"]);
    assert_eq!(place.kept(), 1, "the same upload is kept once");
    let ended = place.upload(&server, &["--spooled", "--strict", "--retry-for", "0"]).await;
    ended.expect(69, &["kept"]);
    let peer = Peer::start(&[received()]);
    place.upload(&peer.url, &["--spooled"]).await.expect(0, &[]);
    assert_eq!((place.kept(), peer.received().len()), (1, 0), "an upload for another server");
}

#[tokio::test]
async fn what_is_refused_is_neither_repeated_nor_kept() {
    for status in [400, 403, 404, 409, 413, 422] {
        let (place, peer) = (Place::new(), Peer::start(&[envelope(status, "")]));
        let ended = place.one(&peer.url, &[]).await;
        ended.expect(0, &["refused"]);
        assert!(ended.outcomes[0]["message"].as_str().unwrap().contains("file: bad"), "{ended:?}");
        assert_eq!((peer.received().len(), place.kept()), (1, 0), "{status}");
        place.one(&peer.url, &["--strict"]).await.expect(77, &["refused"]);
    }
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_body_counts() {
    let place = Place::new();
    let noise: Vec<u8> =
        std::iter::repeat_with(|| getrandom::u64().unwrap().to_le_bytes()).take(500_000).flatten().collect();
    place.write("a.xml", &noise);
    let peer = Peer::start(&[Reply::Before(answer(413, "", "<h1>Too large</h1>"))]);
    place.one(&peer.url, &["--retry-for", "0", "--strict"]).await.expect(77, &["refused"]);
}

#[tokio::test]
async fn a_broken_server_is_not_asked_again_but_the_upload_is_kept() {
    for reply in [
        envelope(500, ""),
        Reply::After(answer(404, "", "<h1>Not here</h1>")),
        Reply::After(answer(201, "", "{}")),
    ] {
        let (place, peer) = (Place::new(), Peer::start(&[reply]));
        place.one(&peer.url, &["--strict"]).await.expect(69, &["kept"]);
        assert_eq!((peer.received().len(), place.kept()), (1, 1));
    }
}

#[tokio::test]
async fn kept_uploads_end_with_a_refusal_but_not_with_a_bad_key() {
    let place = Place::new();
    let peer = Peer::start(&[envelope(500, ""), envelope(401, ""), envelope(404, "")]);
    place.one(&peer.url, &[]).await.expect(0, &["kept"]);
    place.upload(&peer.url, &["--spooled", "--strict"]).await.expect(77, &["kept"]);
    assert_eq!(place.kept(), 1);
    place.upload(&peer.url, &["--spooled"]).await.expect(0, &["refused"]);
    assert_eq!(place.kept(), 0);
}

#[tokio::test]
async fn wrong_arguments_are_always_2() {
    let place = Place::new();
    let missing = place.arguments("http://127.0.0.1:1", &["--project", "7", &place.path("*.json")]);
    let failure = upload(missing).await.unwrap_err();
    assert_eq!(failure.code, 2);
    assert!(failure.message.contains("No file was found for"), "{failure:?}");
    let server = place.arguments("ftp://a", &["--project", "7", &place.path("a.xml")]);
    assert_eq!(upload(server).await.unwrap_err().code, 2);
    for words in [
        &["a.xml"][..],
        &["--project", "7"],
        &["a.xml", "--project", ""],
        &["a.xml", "--spooled", "--project", "7"],
        &["a.xml", "--project", "7", "--idempotency-key", "short"],
    ] {
        let all = ["testkeep", "upload"].iter().chain(words);
        assert!(Cli::try_parse_from(all).is_err(), "{words:?}");
    }
}

#[tokio::test]
async fn archives_are_uploads_of_their_own() {
    let (place, peer) = (Place::new(), Peer::start(&[received()]));
    place.write("z/1.zip", b"PK\x03\x04one");
    place.write("z/2.zip", b"PK\x03\x04two");
    let key = ["--idempotency-key", "one-token"];
    let pattern = place.path("z/*.zip");
    place
        .upload(&peer.url, &[&["--project", "7", &pattern], &key[..]].concat())
        .await
        .expect(0, &["uploaded"; 2]);
    let received = peer.received();
    assert_eq!(received[1].body, b"PK\x03\x04two");
    assert_eq!(received[0].header("idempotency-key"), Some("one-token"));
    assert_ne!(received[0].header("idempotency-key"), received[1].header("idempotency-key"));
}
