//! The server among hostile peers, on loopback: many sign-ins at once, a flood of connections that read nothing, and
//! mixed abuse together with honest clients.
//!
//! Attackers have addresses of their own, 127.0.0.2 and up. `TESTKEEP_BENCH_MINUTES` makes the mixed abuse longer.

use std::net::SocketAddr;
use std::process::Child;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use testkeep_domain::config::ServerConfig;
use testkeep_tests::attack;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Bench;
use crate::installation::{Database, EMAIL, Installation, PASSWORD};
use crate::memory::resident_megabytes;
use crate::series::{RUNS, Samples, Table};
use crate::start::milliseconds;

const SIGN_INS: usize = 100;
const FLOOD: usize = 4200;
/// Bytes of requests that one peer sends without reading: the answers are many times larger than the system's buffers.
const UNREAD: usize = 64 * 1024;
const FLOODED_FOR: Duration = Duration::from_secs(20);
const ABUSED_FOR: Duration = Duration::from_mins(1);
/// Last byte of the honest clients' address.
const HONEST: u8 = 77;

pub(crate) async fn measure(table: &mut Table, bench: &Bench, database: Database<'_>) {
    if table.wants("signin") {
        sign_ins(table, bench, database).await;
    }
    if table.wants("flood") {
        flood(table, bench, database).await;
    }
    if table.wants("abuse") {
        abuse(table, bench, database).await;
    }
}

/// The server as a child process, so that its memory can be read.
struct Running<'a> {
    installation: Installation<'a>,
    child: Child,
    database: &'static str,
}

impl<'a> Running<'a> {
    async fn start(bench: &'a Bench, database: Database<'_>) -> Self {
        let installation = Installation::prepare(bench, database, "none");
        installation.install();
        installation.configure(|config: &mut ServerConfig| {
            config.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        });
        let child = installation.run();
        installation.wait_until_ready().await;
        Self { installation, child, database: database.name() }
    }

    fn memory(&self) -> f64 {
        resident_megabytes(self.child.id())
    }

    fn target(&self) -> SocketAddr {
        attack::target(&self.installation.url(""))
    }

    fn stop(mut self) {
        self.installation.stop();
        self.child.wait().expect("the server ends");
    }
}

/// Anonymous sign-ins with unknown email addresses, from many addresses, a hundred at once.
async fn sign_ins(table: &mut Table, bench: &Bench, database: Database<'_>) {
    let server = Running::start(bench, database).await;
    let url = server.installation.url("/api/v2/sessions");
    let (mut times, mut memory) = (Samples::new(), Samples::new());
    for round in 0..RUNS {
        let begun = Instant::now();
        let crowd = (0..SIGN_INS).map(|number| {
            let body = json!({ "email": format!("person{number}-{round}@example.com"), "password": "guess" });
            let request = bench.client.post(&url).header("x-forwarded-for", format!("10.0.{round}.{number}"));
            async move { request.json(&body).send().await.expect("an answer").status() }
        });
        assert!(join_all(crowd).await.iter().all(|status| *status == 401), "every guess is wrong");
        times.push(milliseconds(begun));
        memory.push(server.memory());
    }
    let name = server.database;
    table.row("signin, 100 at once", name, "ms", None, async { Some(times) }).await;
    table.row("signin, memory after", name, "MB", Some(60.0), async { Some(memory) }).await;
    server.stop();
}

/// 4,200 connections of one address that request pages and read none, then the same number from several addresses.
async fn flood(table: &mut Table, bench: &Bench, database: Database<'_>) {
    for (name, addresses) in [("flood of one address", 1), ("flood of many addresses", 40)] {
        let server = Running::start(bench, database).await;
        let to = server.target();
        let mut attackers = JoinSet::new();
        for number in 0..FLOOD {
            let from = 2 + u8::try_from(number % addresses).expect("small");
            attackers.spawn(async move { do_not_read(from, to).await });
        }
        let (mut slowest, mut memory) = (Samples::new(), Samples::new());
        let client = attack::honest(HONEST);
        let begun = Instant::now();
        while begun.elapsed() < FLOODED_FOR || slowest.len() < RUNS {
            let mut worst: f64 = 0.0;
            for _ in 0..20 {
                let begun = Instant::now();
                let answer = client.get(server.installation.url("/api/v2/status")).send().await;
                assert!(answer.expect("an answer").status().is_success());
                worst = worst.max(milliseconds(begun));
            }
            slowest.push(worst);
            memory.push(server.memory());
        }
        attackers.abort_all();
        let database = server.database;
        table.row(&format!("{name}, slowest"), database, "ms", Some(1000.0), async { Some(slowest) }).await;
        table.row(&format!("{name}, memory"), database, "MB", Some(150.0), async { Some(memory) }).await;
        server.stop();
    }
}

async fn do_not_read(from: u8, to: SocketAddr) {
    let Ok(stream) = attack::connect(from, to).await else { return };
    if attack::send_without_reading(&stream, &attack::get("/"), UNREAD).await.is_ok() {
        attack::until_ended(&stream, FLOODED_FOR * 2).await;
    }
}

/// All attacks at once, for the requested time.
async fn abuse(table: &mut Table, bench: &Bench, database: Database<'_>) {
    let server = Running::start(bench, database).await;
    let minutes = std::env::var("TESTKEEP_BENCH_MINUTES").ok().and_then(|text| text.parse::<f64>().ok());
    let time = minutes.map_or(ABUSED_FOR, |minutes| Duration::from_secs_f64(minutes * 60.0));
    let lease = Lease::check_out(&server).await;
    let mut attackers = JoinSet::new();
    for abuse in Abuse::ALL {
        for number in 0..abuse.peers() {
            attackers.spawn(abuse.forever(2 + number % 60, server.target(), server.installation.url("")));
        }
    }
    let until = Instant::now() + time;
    let (sign_ins, renewals, memory) =
        tokio::join!(sign_in_until(&server, until), lease.renew_until(&server, until), watch(&server, until));
    attackers.abort_all();
    let name = server.database;
    table.row("abuse, sign-in p99", name, "ms", Some(500.0), async { Some(p99_of_parts(&sign_ins)) }).await;
    table.row("abuse, lease p99", name, "ms", Some(50.0), async { Some(p99_of_parts(&renewals)) }).await;
    table.row("abuse, memory", name, "MB", Some(150.0), async { Some(memory) }).await;
    server.stop();
}

/// The 99th percentile of each part of the time; as many equal parts as a median needs.
fn p99_of_parts(times: &Samples) -> Samples {
    let part = (times.len() / RUNS).max(1);
    let slowest = |part: &[f64]| {
        let mut part = part.to_vec();
        part.sort_by(f64::total_cmp);
        part[(part.len() * 99 / 100).min(part.len() - 1)]
    };
    times.chunks_exact(part).map(slowest).collect()
}

async fn sign_in_until(server: &Running<'_>, until: Instant) -> Samples {
    let client = attack::honest(HONEST);
    let mut times = Samples::new();
    while Instant::now() < until || times.len() < RUNS {
        let begun = Instant::now();
        let request = client.post(server.installation.url("/api/v2/sessions"));
        let answer = request.json(&json!({ "email": EMAIL, "password": PASSWORD })).send().await;
        assert_eq!(answer.expect("an answer").status(), 201, "the right password");
        times.push(milliseconds(begun));
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    times
}

async fn watch(server: &Running<'_>, until: Instant) -> Samples {
    let mut memory = Samples::new();
    while Instant::now() < until || memory.len() < RUNS {
        memory.push(server.memory());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    memory
}

/// A client that keeps its seat alive.
struct Lease {
    client: reqwest::Client,
    token: String,
    id: String,
}

impl Lease {
    async fn check_out(server: &Running<'_>) -> Self {
        let client = attack::honest(HONEST);
        let token = server.installation.sign_in().await;
        let post = |path: &str, body: Value| {
            client.post(server.installation.url(path)).bearer_auth(&token).json(&body).send()
        };
        let created = post("/api/v2/organizations", json!({ "name": "Measured" })).await.expect("an answer");
        let organization: Value = created.json().await.expect("JSON");
        let body = json!({ "organization_id": organization["id"], "package": "FLOATING_ENGINE",
                           "machine_id": "honest", "session_id": "honest", "hostname": "honest" });
        let lease: Value = post("/api/v2/leases", body).await.expect("an answer").json().await.expect("JSON");
        let id = lease["id"].as_str().map_or_else(|| lease["id"].to_string(), ToOwned::to_owned);
        Self { client, token, id }
    }

    async fn renew_until(&self, server: &Running<'_>, until: Instant) -> Samples {
        let url = server.installation.url(&format!("/api/v2/leases/{}/renew", self.id));
        let mut times = Samples::new();
        while Instant::now() < until || times.len() < RUNS {
            let begun = Instant::now();
            let answer = self
                .client
                .post(&url)
                .bearer_auth(&self.token)
                .json(&json!({}))
                .send()
                .await
                .expect("an answer");
            assert_eq!(answer.status(), 200, "the seat is kept");
            times.push(milliseconds(begun));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        times
    }
}

#[derive(Clone, Copy)]
enum Abuse {
    WrongPassword,
    NotReading,
    SlowHead,
    SlowBody,
    Garbage,
    HugeBody,
    Churn,
}

impl Abuse {
    const ALL: [Self; 7] = [
        Self::WrongPassword,
        Self::NotReading,
        Self::SlowHead,
        Self::SlowBody,
        Self::Garbage,
        Self::HugeBody,
        Self::Churn,
    ];

    /// Number of peers that do it at the same time.
    fn peers(self) -> u8 {
        match self {
            Self::WrongPassword | Self::Garbage | Self::HugeBody | Self::Churn => 4,
            Self::NotReading | Self::SlowHead | Self::SlowBody => 60,
        }
    }

    async fn forever(self, from: u8, to: SocketAddr, url: String) {
        loop {
            match self {
                Self::WrongPassword => guess(from, &url).await,
                // Any outcome counts, including a refusal by the server.
                _ => drop(self.once(from, to).await),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn once(self, from: u8, to: SocketAddr) -> std::io::Result<()> {
        const LONG: Duration = Duration::from_mins(2);
        let mut stream: TcpStream = attack::connect(from, to).await?;
        let body = |length: usize| {
            format!(
                "POST /api/v2/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
            )
        };
        match self {
            Self::WrongPassword | Self::Churn => {}
            Self::NotReading => {
                attack::send_without_reading(&stream, &attack::get("/"), UNREAD).await?;
                attack::until_ended(&stream, LONG).await;
            }
            Self::SlowHead => drop(attack::trickle(stream, b"GET / HTTP/1.1\r\nhost: x", b"x", LONG).await),
            Self::SlowBody => drop(attack::trickle(stream, body(900_000).as_bytes(), b" ", LONG).await),
            Self::Garbage => stream.write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xff, 0].repeat(200)).await?,
            Self::HugeBody => {
                stream.write_all(body(2_000_000_000).as_bytes()).await?;
                for _ in 0..64 {
                    stream.write_all(&vec![b' '; 64 * 1024]).await?;
                }
            }
        }
        Ok(())
    }
}

async fn guess(from: u8, url: &str) {
    let guess = json!({ "email": format!("person{from}@example.com"), "password": "guess" });
    let _refused = attack::honest(from).post(format!("{url}/api/v2/sessions")).json(&guess).send().await;
}
