//! The real server inside the test process, on either database, with a clock that the test sets.
//!
//! Requests go over a real socket. Must never re-implement a rule of the server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkeep_domain::config::{DatabaseConfig, LogConfig, PostgresConfig, ServerConfig};
use testkeep_domain::license::{
    self, LeaseSecret, LicenseTerms, Product, Quota, Returns, TrustedKeys, VendorKey,
};
use testkeep_domain::machine::{FactorName, Factors, MachineId};
use testkeep_domain::{Clock, Layout, Port, Secret, ServerUrl};
use testkeep_local::control::Control;
use testkeep_server::App;
use testkeep_server::testing::Licensing;
use testkeep_server::testing::{Listeners, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use uuid::Uuid;

pub use crate::caller::{Answer, Caller};
use crate::postgres::{Postgres, USER};

pub const CONTROL_TOKEN: &str = "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0";
pub const METRICS_TOKEN: &str = "metrics-token-of-the-tests";
pub const EMAIL: &str = "ada@example.com";
pub const PASSWORD: &str = "correct horse battery";
const CLIENT_KEY: &str = include_str!("../../demo/client.key");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Runs a test once on each database: `on_both_databases!(name, |server| { … });`
#[macro_export]
macro_rules! on_both_databases {
    ($name:ident, |$server:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn check($server: $crate::api::TestServer) $body

            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                check($crate::api::TestServer::start($crate::api::Database::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                check($crate::api::TestServer::start($crate::api::Database::Postgres).await).await;
            }
        }
    };
}

pub struct TestServer {
    pub app: App,
    pub clock: Clock,
    pub url: String,
    pub control_url: String,
    pub folder: TempDir,
    vendor: VendorKey,
    stop: Option<oneshot::Sender<()>>,
    stopped: Option<tokio::task::JoinHandle<()>>,
}

pub fn start_of_time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("a time")
}

/// A Machine ID that belongs to no real machine.
pub fn machine(name: &str) -> MachineId {
    let factor = |kind: &str| format!("{kind} of {name}");
    MachineId::from_factors(
        &FactorName::ALL
            .into_iter()
            .fold(Factors::new(), |factors, kind| factors.with(kind, Some(&factor(kind.word())))),
    )
}

impl TestServer {
    pub async fn start(database: Database) -> Self {
        let config = match database {
            Database::Sqlite => DatabaseConfig::BuiltIn,
            Database::Postgres => {
                let server = Postgres::shared();
                let jdbc_url = server.jdbc_url(&server.create_database());
                DatabaseConfig::Postgresql(PostgresConfig {
                    jdbc_url,
                    user: USER.into(),
                    password: Secret::default(),
                })
            }
        };
        Self::start_with(config, Vec::new()).await
    }

    /// Starts a server with addresses or networks of trusted proxies.
    pub async fn start_with(database: DatabaseConfig, trusted_proxies: Vec<&str>) -> Self {
        Self::start_changed(database, |config| trust(config, &trusted_proxies)).await
    }

    /// Starts a server with a changed configuration.
    pub async fn start_changed(database: DatabaseConfig, change: impl FnOnce(&mut ServerConfig)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_at(folder, database, change, Clock::manual(start_of_time())).await
    }

    /// Starts a server in a folder that the test chooses, for example on a small disk or with files of another server.
    pub async fn start_in(folder: TempDir, database: DatabaseConfig, trusted_proxies: Vec<&str>) -> Self {
        let change = |config: &mut ServerConfig| trust(config, &trusted_proxies);
        Self::start_at(folder, database, change, Clock::manual(start_of_time())).await
    }

    /// Starts another server on the same PostgreSQL database, with the same clock.
    pub async fn start_beside(&self) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::start_at(folder, self.app.config.database.clone(), |_| (), self.clock.clone()).await
    }

    pub(crate) async fn start_at(
        folder: TempDir,
        database: DatabaseConfig,
        change: impl FnOnce(&mut ServerConfig),
        clock: Clock,
    ) -> Self {
        let layout = Layout::new(folder.path());
        std::fs::create_dir_all(layout.conf()).expect("conf");
        std::fs::write(layout.control_token(), CONTROL_TOKEN).expect("control token");
        std::fs::write(layout.metrics_token(), METRICS_TOKEN).expect("metrics token");
        std::fs::write(layout.secret_key(), "5e".repeat(32)).expect("secret key");
        let http = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let control = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = |listener: &TcpListener| listener.local_addr().expect("an address").port();
        let (http_port, control_port) = (port(&http), port(&control));
        let mut config = ServerConfig {
            server_url: ServerUrl::parse(&format!("http://127.0.0.1:{http_port}")).expect("a URL"),
            http_address: [127, 0, 0, 1].into(),
            http_port: Port::try_from(i64::from(http_port)).expect("a port"),
            control_port: Port::try_from(i64::from(control_port)).expect("a port"),
            upload_location: None,
            trusted_proxies: Vec::new(),
            allow_root: true,
            database,
            log: LogConfig::default(),
        };
        change(&mut config);
        let vendor = VendorKey::from_seed(&[7; 32]);
        let licensing = Licensing::new(TrustedKeys::new(vec![vendor.public_key()]), machine("the server"));
        let app = App::open(config, layout, clock.clone(), licensing).await.expect("the server opens");
        let (stop, until) = oneshot::channel();
        let running = serve(app.clone(), Listeners::new(http, control), async {
            let _dropped = until.await;
        });
        Self {
            app,
            clock,
            url: format!("http://127.0.0.1:{http_port}"),
            control_url: format!("http://127.0.0.1:{control_port}"),
            folder,
            vendor,
            stop: Some(stop),
            stopped: Some(tokio::spawn(running)),
        }
    }

    /// Path of `conf/testkeep.toml`, for programs that run beside this server.
    pub fn config_file(&self) -> PathBuf {
        let file = self.app.layout.config_file();
        std::fs::write(&file, self.app.config.to_toml()).expect("configuration");
        file
    }

    pub fn forward(&self, by: Duration) {
        self.clock.set(self.clock.now() + by);
    }

    /// A license for this server, issued now and valid for a year; `change` edits its terms.
    pub fn license(&self, change: impl FnOnce(&mut LicenseTerms)) -> String {
        license_by(&self.vendor, self.clock.now(), change)
    }

    pub async fn activate(&self) {
        let answer = self.import(self.license(|_| ())).await;
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap_or_default());
    }

    pub async fn import(&self, file: impl Into<reqwest::Body>) -> Response {
        let request = Client::new().post(format!("{}/api/v2/activation", self.url)).body(file);
        request.send().await.expect("an answer")
    }

    /// The token of a fresh setup link.
    pub async fn setup_token(&self) -> String {
        let url = self.control("POST", "/setup-link").await["url"].as_str().expect("a link").to_owned();
        url.split_once("#token=").expect("a token").1.to_owned()
    }

    pub async fn control(&self, method: &str, path: &str) -> Value {
        let (status, answer) = self.control_with(method, path, &Value::Null).await;
        assert!((200..300).contains(&status), "{status} {answer}");
        answer
    }

    /// Sends a request to the control port with the installation's own client; `null` means no body.
    pub async fn control_with(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let control = Control::new(self.app.config.control_port, self.app.layout.control_token());
        let answer = control.request(method, path, body.as_bytes()).await.expect("an answer");
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Activates the server and creates the default account.
    pub async fn set_up(&self) {
        self.activate().await;
        self.set_up_account().await;
    }

    pub async fn set_up_account(&self) {
        let body = json!({ "setup_token": self.setup_token().await, "email": EMAIL, "password": PASSWORD,
                           "first_name": "Ada", "last_name": "Lovelace" });
        let answer = self.anonymous().post("/api/v2/default-account", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }

    pub fn anonymous(&self) -> Caller {
        Caller::at(&self.url)
    }

    /// Signs in as the default account, with a bearer token.
    pub async fn owner(&self) -> Caller {
        self.owner_with(PASSWORD).await
    }

    /// As [`Self::owner`], after the password was changed.
    pub async fn owner_with(&self, password: &str) -> Caller {
        let answer = self.sign_in(EMAIL, password).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let token = answer.body["token"].as_str().expect("a token").to_owned();
        Caller::signed_in(&self.url, Some(token))
    }

    /// A browser that keeps cookies; not signed in.
    pub fn with_cookies(&self) -> Caller {
        Caller::as_browser(&self.url)
    }

    /// Signs in as the default account with a cookie, as a browser does.
    pub async fn browser(&self) -> Caller {
        let browser = self.with_cookies();
        let answer = browser.post("/api/v2/sessions", &credentials(EMAIL, PASSWORD)).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        browser
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.anonymous().post("/api/v2/sessions", &credentials(email, password)).await
    }

    /// Stops the server and fails if a job is left: a parked job is an error that the test did not expect.
    pub async fn stop(self) {
        self.stop_leaving(0, 0).await;
    }

    /// Stops the server, for tests that expect left jobs: `waiting` ones and `given_up` ones.
    pub async fn stop_leaving(self, waiting: i64, given_up: i64) {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        // A database that the test removed has no jobs.
        while let Ok(left) = testkeep_store::job::count_jobs(&self.app.db).await
            && left != (waiting, given_up)
        {
            assert!(
                std::time::Instant::now() < until,
                "(waiting, given up) jobs are {left:?}, expected {:?}: {}",
                (waiting, given_up),
                self.jobs().await
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        self.end().await;
    }

    /// Stops the server whatever jobs are left, for tests that write rows which no worker can process.
    pub async fn stop_anyhow(self) {
        self.end().await;
    }

    async fn jobs(&self) -> String {
        let rows: Vec<(String, String, Option<String>)> =
            testkeep_store::sql("SELECT name, payload, last_error FROM job ORDER BY id LIMIT 20")
                .fetch_all(&self.app.db)
                .await
                .unwrap_or_default();
        format!("{rows:?}")
    }

    async fn end(mut self) {
        drop(self.stop.take());
        self.wait_until_stopped().await;
    }

    /// Waits until the server has stopped; another part of the test stops it.
    pub async fn wait_until_stopped(mut self) {
        if let Some(stopped) = self.stopped.take() {
            stopped.await.expect("a clean stop");
        }
    }

    /// Stops the server and returns its folder.
    pub async fn stop_keeping_files(mut self) -> TempDir {
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().expect("a folder"));
        self.end().await;
        folder
    }
}

fn trust(config: &mut ServerConfig, proxies: &[&str]) {
    config.trusted_proxies = proxies.iter().map(|text| text.parse().expect("a network")).collect();
}

/// A license of `vendor` for the test server, issued `now` and valid for a year; `change` edits its terms.
pub fn license_by(vendor: &VendorKey, now: DateTime<Utc>, change: impl FnOnce(&mut LicenseTerms)) -> String {
    let quota = |quota| Quota { quota, machine_quota: quota };
    let mut terms = LicenseTerms {
        license_id: Uuid::new_v4(),
        customer: "Example Company".into(),
        machine_id: machine("the server"),
        issued_at: now,
        not_before: now,
        expires_at: now + Duration::days(365),
        products: BTreeMap::from([(Product::Kse, quota(10)), (Product::Kre, quota(5))]),
        renews: Vec::new(),
        returns: Returns::Trusted,
        lease_keys: vec![LeaseSecret::eddsa([11; 32]), client_key()],
    };
    change(&mut terms);
    license::sign(vendor, &terms).expect("terms")
}

/// The published RSA key of `demo/`, which existing clients of the demo vendor trust.
pub fn client_key() -> LeaseSecret {
    let body: String = CLIENT_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    LeaseSecret::Rs256(STANDARD.decode(body).expect("base64").into())
}

pub fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}
