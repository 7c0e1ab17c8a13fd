//! Measures licenses: checkout and release, each durably committed and signed before its answer, by several numbers of
//! concurrent clients, in pools of several sizes.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use testkeep_domain::Clock;
use testkeep_tests::seats::hold_seats;

use crate::Bench;
use crate::installation::{Database, Installation};
use crate::series::{RUNS, Samples, Table, print_rate};
use crate::start::milliseconds;

const RATE: f64 = 2000.0;
const SLOWEST: f64 = 10.0;
/// Duration of one sample.
const WINDOW: Duration = Duration::from_secs(1);
const POOLS: [u32; 3] = [2_000, 20_000, 200_000];
const CLIENTS: [usize; 4] = [1, 8, 64, 256];
const NAME: &str = "license";

/// API that a lease is requested with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// The native API; EdDSA. With an API key, as CI jobs ask.
    Native,
    /// The same with the token of a person who signed in, which is read from the database for each request.
    SignedIn,
    /// The API of existing clients; RS256.
    Compatible,
}

/// A server with half of its seats taken.
struct Pool<'a> {
    installation: Installation<'a>,
    bench: &'a Bench,
    /// Of the Owner's session.
    token: String,
    /// The Owner's API key.
    key: String,
    organization: i64,
}

/// Results of one window.
struct Times {
    /// Checkouts with their releases, per second.
    cycles: Samples,
    /// The 99th percentile of the checkouts' times, in milliseconds.
    slowest: Samples,
}

/// One line of the table: number of clients, and the API they use.
#[derive(Clone, Copy)]
struct Load {
    seats: u32,
    clients: usize,
    dialect: Dialect,
}

impl Load {
    fn name(self) -> String {
        let kind = match self.dialect {
            Dialect::Native => "EdDSA",
            Dialect::SignedIn => "EdDSA session",
            Dialect::Compatible => "RS256",
        };
        format!("{NAME} {kind} {} of {}", self.clients, self.seats)
    }

    /// The targets apply to eight clients and our own leases.
    fn counts(self) -> bool {
        self.clients == 8 && self.dialect == Dialect::Native
    }
}

/// The other pools only show that the size does not matter.
fn loads(seats: u32) -> Vec<Load> {
    let native = |clients| Load { seats, clients, dialect: Dialect::Native };
    if seats != 20_000 {
        return vec![native(8)];
    }
    let others = [Dialect::SignedIn, Dialect::Compatible].map(|dialect| Load { seats, clients: 8, dialect });
    CLIENTS.into_iter().map(native).chain(others).collect()
}

pub(crate) async fn measure(table: &mut Table, bench: &Bench, database: Database<'_>) {
    for seats in POOLS {
        let mut wanted = loads(seats);
        wanted.retain(|load| table.wants(&load.name()));
        if wanted.is_empty() {
            continue;
        }
        let pool = Pool::start(bench, database, seats).await;
        for load in wanted {
            pool.row(table, database, load).await;
        }
        pool.installation.stop();
    }
}

impl<'a> Pool<'a> {
    async fn start(bench: &'a Bench, database: Database<'_>, seats: u32) -> Self {
        let installation = Installation::prepare_for(bench, database, "background", seats);
        installation.install();
        let token = installation.sign_in().await;
        let mut pool = Self { installation, bench, token, key: String::new(), organization: 0 };
        let created = pool.request("POST", "/api/v2/organizations").json(&json!({ "name": "Measured" }));
        let created: Value = created.send().await.expect("an answer").json().await.expect("JSON");
        pool.organization = created["id"].as_i64().expect("an id");
        let key = pool.request("POST", "/api/v2/me/api-keys").json(&json!({ "name": "bench" }));
        let key: Value = key.send().await.expect("an answer").json().await.expect("JSON");
        pool.key = key["key"].as_str().expect("a key").to_owned();
        let me: Value =
            pool.request("GET", "/api/v2/me").send().await.expect("an answer").json().await.expect("JSON");
        let db = pool.installation.open_database().await;
        let owner = me["user"]["id"].as_i64().expect("an id");
        let half = usize::try_from(seats / 2).expect("a count");
        hold_seats(&db, pool.organization, owner, half, Clock::system().now()).await;
        db.close().await;
        pool
    }

    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.bench.client.request(method, self.installation.url(path)).bearer_auth(&self.token)
    }

    fn as_program(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        self.bench.client.request(method, self.installation.url(path)).bearer_auth(&self.key)
    }

    async fn row(&self, table: &mut Table, database: Database<'_>, load: Load) {
        let times = self.measure(load.clients, load.dialect).await;
        let (name, unit) = (load.name(), "/s");
        print_rate(&name, database.name(), unit, load.counts().then_some(RATE), times.cycles);
        let slowest = async { Some(times.slowest) };
        let at_most = load.counts().then_some(SLOWEST);
        table.row(&format!("{name}, p99"), database.name(), "ms", at_most, slowest).await;
    }

    /// The first window fills the caches.
    async fn measure(&self, clients: usize, dialect: Dialect) -> Times {
        let mut times = Times { cycles: Samples::new(), slowest: Samples::new() };
        for run in 0..=RUNS {
            let started = Instant::now();
            // A machine of an earlier load would exceed its early returns of the hour.
            let name = |client| format!("{dialect:?}-{clients}-{run}-{client}");
            let each = (0..clients).map(|client| self.work(name(client), started, dialect));
            let mut checkouts: Vec<f64> = join_all(each).await.into_iter().flatten().collect();
            checkouts.sort_by(f64::total_cmp);
            let count = u32::try_from(checkouts.len()).expect("a count");
            if run > 0 {
                times.cycles.push(f64::from(count) / started.elapsed().as_secs_f64());
                times.slowest.push(checkouts[checkouts.len() * 99 / 100]);
            }
        }
        times
    }

    /// One client during one window; returns the times of its checkouts in milliseconds.
    async fn work(&self, name: String, started: Instant, dialect: Dialect) -> Samples {
        let mut times = Samples::new();
        while started.elapsed() < WINDOW {
            let session = format!("{name}-{}", times.len());
            // A machine may return only a limited number of leases per hour, so the client changes its machine.
            let machine = format!("{name}-{}", times.len() / 100);
            let begun = Instant::now();
            let back = match dialect {
                Dialect::Native => self.check_out(Self::as_program, &machine, &session).await,
                Dialect::SignedIn => self.check_out(Self::request, &machine, &session).await,
                Dialect::Compatible => self.activate(&machine, &session).await,
            };
            times.push(milliseconds(begun));
            let released = back.send().await.expect("an answer");
            assert!(released.status().is_success(), "{}", released.status());
        }
        times
    }

    /// Takes a seat; returns the request that releases it.
    async fn check_out(
        &self,
        request: fn(&Self, &str, &str) -> RequestBuilder,
        machine: &str,
        session: &str,
    ) -> RequestBuilder {
        let body = json!({ "organization_id": self.organization, "package": "FLOATING_ENGINE",
                           "machine_id": machine, "session_id": session, "hostname": machine });
        let answer = request(self, "POST", "/api/v2/leases").json(&body).send().await.expect("an answer");
        let status = answer.status();
        let lease: Value = answer.json().await.expect("JSON");
        assert_eq!(status, 200, "{lease}");
        request(self, "DELETE", &format!("/api/v2/leases/{}", lease["id"]))
    }

    async fn activate(&self, machine: &str, session: &str) -> RequestBuilder {
        let path = |what: &str| {
            format!(
                "/api/v1/license-keys/{what}?machineKey={machine}&sessionId={session}&package=FLOATING_ENGINE\
                 &organizationId={}&hostname={machine}&ksVersion=7.8.0&email=",
                self.organization
            )
        };
        let answer = self.request("POST", &path("activate")).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let lease: Value = answer.json().await.expect("JSON");
        assert!(lease["value"].is_string(), "{lease}");
        self.request("POST", &path("release"))
    }
}
