//! Thousands of connections that read nothing, from one address and from several: other clients are answered on both
//! ports, and file handles remain.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use testkeep_domain::config::DatabaseConfig;
use testkeep_tests::api::{EMAIL, PASSWORD, credentials};
use testkeep_tests::attack;
use testkeep_tests::programs::{RunningServer, ServerFolder};
use tokio::net::TcpStream;

const OPEN_FILES: u64 = 1024;
/// The limit in `serve/limits.rs` for this number of open files.
const PER_ADDRESS: usize = 144;

/// Opens connections and keeps them; goes on until all addresses were tried.
async fn attack(server: &RunningServer, from: impl Iterator<Item = u8>) -> Vec<(u8, TcpStream)> {
    let to = attack::target(&server.url);
    let connections = from.map(|number| async move {
        let stream = attack::connect(number, to).await.ok()?;
        // The server takes no bytes on a refused connection.
        attack::send_without_reading(&stream, &attack::get("/"), 64 * 1024).await.ok()?;
        Some((number, stream))
    });
    let mut running: FuturesUnordered<_> = FuturesUnordered::new();
    let mut kept = Vec::new();
    for connection in connections {
        running.push(connection);
        if running.len() >= 200
            && let Some(Some(one)) = running.next().await
        {
            kept.push(one);
        }
    }
    kept.extend(running.filter_map(|one| async { one }).collect::<Vec<_>>().await);
    kept
}

/// Sends requests from an address that attacks nothing, until `until` is set. Their speed is measured by `cargo xtask
/// bench flood`; here the machine may be busy with other work.
async fn work(server: &RunningServer, until: &tokio::sync::watch::Receiver<bool>) -> usize {
    let client = attack::honest(77);
    let mut answered = 0;
    while answered < 12 || !*until.borrow() {
        let page = client.get(format!("{}/api/v2/status", server.url)).send().await.expect("an answer");
        assert_eq!(page.status(), 200);
        let session = client.post(format!("{}/api/v2/sessions", server.url));
        let session = session.json(&credentials(EMAIL, PASSWORD)).send().await.expect("an answer");
        assert_eq!(session.status(), 201, "the database is written to");
        server.control.status().await.expect("the control port answers");
        answered += 3;
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn others_are_answered_during_a_flood() {
    testkeep_server::testing::raise_open_files();
    let folder = ServerFolder::new(DatabaseConfig::BuiltIn);
    let server = folder.start_with_open_files(OPEN_FILES);
    server.set_up().await;
    let (done, until) = tokio::sync::watch::channel(false);
    let one = std::iter::repeat_n(2_u8, 700);
    let several = (0..150).flat_map(|_| 3_u8..=8);
    let attacks = async {
        let kept = attack(&server, one.chain(several)).await;
        // The last ones may still wait to be accepted; after that, one address has exactly its limit.
        let alive = || kept.iter().filter(|(from, stream)| *from == 2 && !attack::has_ended(stream)).count();
        let deadline = Instant::now() + Duration::from_mins(1);
        while alive() > PER_ADDRESS + 40 {
            assert!(Instant::now() < deadline, "one address keeps {} connections", alive());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let open = server.open_files();
        assert!(open < usize::try_from(OPEN_FILES).unwrap() - 100, "{open} open files");
        done.send_replace(true);
    };
    let ((), answered) = tokio::join!(attacks, work(&server, &until));
    assert!(answered >= 12);
}
