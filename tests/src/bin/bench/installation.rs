//! One silent installation in a temporary folder, and its server as a child process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Datelike;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkeep_domain::config::{PostgresConfig, ServerConfig};
use testkeep_domain::{Clock, Layout, Port, Secret};
use testkeep_store::Db;
use testkeep_tests::postgres::Postgres;
use testkeep_tests::programs::free_port;

use crate::Bench;

pub(crate) const EMAIL: &str = "owner@example.com";
pub(crate) const PASSWORD: &str = "measured, not guessed";

#[derive(Clone, Copy)]
pub(crate) enum Database<'a> {
    BuiltIn,
    Postgresql(&'a Postgres),
}

impl Database<'_> {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BuiltIn => "SQLite",
            Self::Postgresql(_) => "PostgreSQL",
        }
    }

    /// Creates a new, empty database.
    pub(crate) fn create(self) -> Location {
        match self {
            Self::BuiltIn => Location::File,
            Self::Postgresql(server) => Location::JdbcUrl(server.jdbc_url(&server.create_database())),
        }
    }
}

/// Where an installation stores its data.
pub(crate) enum Location {
    /// In its own folder.
    File,
    JdbcUrl(String),
}

impl Location {
    /// The table of the answer file.
    fn answers(&self) -> String {
        match self {
            Self::File => "kind = \"built-in\"".into(),
            Self::JdbcUrl(url) => format!("kind = \"postgresql\"\njdbc_url = {}", Value::from(url.as_str())),
        }
    }

    /// Opens the database as the server does.
    pub(crate) async fn open(&self, file: &Path) -> Db {
        match self {
            Self::File => Db::open_sqlite(file).await.expect("a file"),
            Self::JdbcUrl(url) => {
                let (user, password) = (String::new(), Secret::default());
                let config = PostgresConfig { jdbc_url: url.clone(), user, password };
                testkeep_store::postgres::open(&config).await.expect("a database")
            }
        }
    }
}

pub(crate) struct Installation<'a> {
    bench: &'a Bench,
    folder: TempDir,
    http_port: u16,
    database: Location,
}

impl<'a> Installation<'a> {
    /// Folder, license and answer file; nothing is installed yet.
    pub(crate) fn prepare(bench: &'a Bench, database: Database<'_>, mode: &str) -> Self {
        Self::prepare_for(bench, database, mode, 5)
    }

    /// The same, with this number of KRE seats.
    pub(crate) fn prepare_for(bench: &'a Bench, database: Database<'_>, mode: &str, seats: u32) -> Self {
        let folder =
            tempfile::Builder::new().prefix("testkeep-bench-").tempdir().expect("a temporary folder");
        let license = issue_license(bench, folder.path(), seats);
        let [http_port, control_port] = free_ports();
        let database = database.create();
        let quoted = |path: &Path| Value::from(path.to_string_lossy()).to_string();
        let answers = format!(
            "destination = {}\nhttp_port = {http_port}\ncontrol_port = {control_port}\n\
             server_url = \"http://localhost:{http_port}\"\nlicense_file = {}\n[database]\n{}\n\
             [default_account]\nemail = \"{EMAIL}\"\npassword = \"{PASSWORD}\"\n\
             first_name = \"Bench\"\nlast_name = \"Owner\"\n[service]\nmode = \"{mode}\"\nallow_root = true\n",
            quoted(&folder.path().join("server")),
            quoted(&license),
            database.answers(),
        );
        std::fs::write(folder.path().join("answers.toml"), answers).expect("the folder is ours");
        Self { bench, folder, http_port, database }
    }

    pub(crate) fn install(&self) {
        let answers = self.folder.path().join("answers.toml");
        output(
            &self.bench.programs,
            "testkeep-server",
            &["install", "--answers", &answers.to_string_lossy()],
        );
    }

    /// Changes the configuration before the server starts.
    pub(crate) fn configure(&self, change: impl FnOnce(&mut ServerConfig)) {
        let text = std::fs::read_to_string(self.config()).expect("installed");
        let mut config = ServerConfig::parse(&text).expect("as the installer wrote it");
        change(&mut config);
        std::fs::write(self.config(), config.to_toml()).expect("the folder is ours");
    }

    /// Runs the server in the foreground of a child process.
    pub(crate) fn run(&self) -> Child {
        self.spawn(&self.config())
    }

    fn spawn(&self, config: &Path) -> Child {
        let mut command = Command::new(program(&self.bench.programs, "testkeep-server"));
        command.arg("run").arg("--config").arg(config);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts")
    }

    /// Runs another server on the same database, from a copy of the folder.
    pub(crate) async fn run_second(&self) -> Child {
        let (first, second) = (self.folder.path().join("server"), self.folder.path().join("second"));
        copy_folder(&first, &second);
        let file = second.join("conf/testkeep.toml");
        let text = std::fs::read_to_string(&file).expect("copied");
        let mut config = ServerConfig::parse(&text).expect("as the installer wrote it");
        let [http, control] = free_ports();
        config.http_port = Port::try_from(i64::from(http)).expect("a port");
        config.control_port = Port::try_from(i64::from(control)).expect("a port");
        std::fs::write(&file, config.to_toml()).expect("the folder is ours");
        let child = self.spawn(&file);
        self.wait_for(&format!("http://127.0.0.1:{http}/readyz")).await;
        child
    }

    pub(crate) async fn wait_until_ready(&self) {
        self.wait_for(&self.url("/readyz")).await;
    }

    async fn wait_for(&self, url: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if self.bench.client.get(url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(Instant::now() < deadline, "{url} did not answer within 30 s");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.http_port)
    }

    /// The Owner's bearer token.
    pub(crate) async fn sign_in(&self) -> String {
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let request = self.bench.client.post(self.url("/api/v2/sessions")).json(&body);
        let answer = request.send().await.expect("the server answers");
        assert_eq!(answer.status(), 201, "sign-in");
        let body: Value = answer.json().await.expect("JSON");
        body["token"].as_str().expect("a token").to_owned()
    }

    /// Opens the database while the server uses it.
    pub(crate) async fn open_database(&self) -> Db {
        self.database.open(&Layout::new(self.folder.path().join("server")).database_file()).await
    }

    pub(crate) fn stop(&self) {
        output(
            &self.bench.programs,
            "testkeep-server",
            &["stop", "--config", &self.config().to_string_lossy()],
        );
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("server/conf/testkeep.toml")
    }
}

pub(crate) fn issue_license(bench: &Bench, folder: &Path, seats: u32) -> PathBuf {
    let file = folder.join("bench.lic");
    let expires = format!("{}-12-31", Clock::system().now().year() + 1);
    let (key, out) = (bench.demo_key.to_string_lossy(), file.to_string_lossy());
    let mut arguments =
        vec!["issue", "--key", &key, "--machine-id", &bench.machine_id, "--customer", "Bench"];
    let seats = seats.to_string();
    arguments.extend(["--kse", "10", "--kre", &seats, "--expires", &expires, "--out", &out]);
    let client_key = bench.demo_key.with_file_name("client.key");
    let client_key = client_key.to_string_lossy();
    arguments.extend(["--client-key", &client_key]);
    output(&bench.programs, "testkeep-license", &arguments);
    file
}

/// Standard output of a program that must succeed.
pub(crate) fn output(programs: &Path, name: &str, arguments: &[&str]) -> String {
    let output = Command::new(program(programs, name)).args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name} {arguments:?}: {errors}{text}");
    text.trim().to_owned()
}

pub(crate) fn program(programs: &Path, name: &str) -> PathBuf {
    programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the folder is ours");
    for entry in from.read_dir().expect("a folder").flatten() {
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &copy);
        } else {
            std::fs::copy(&path, &copy).expect("the folder is ours");
        }
    }
}

/// Outside the range that the system takes for outgoing connections: a flood leaves thousands of them.
fn free_ports() -> [u16; 2] {
    [free_port(), free_port()]
}
