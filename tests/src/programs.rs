//! The built programs, started as real processes and always ended with the test.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use testkeep_domain::config::{DatabaseConfig, LogConfig, ServerConfig};
use testkeep_domain::license::{LicenseTerms, VendorKey};
use testkeep_domain::machine::MachineId;
use testkeep_domain::{Clock, Layout, Port, ServerUrl};
use testkeep_local::control::Control;

use crate::api::{self, Caller};

/// The published demo key; the server under test is a demo build.
const DEMO_KEY: &str = include_str!("../../demo/vendor.key");

/// `TESTKEEP_SERVER_BIN`, or the program beside the tests' own folder.
///
/// # Panics
/// The program has not been built; the message contains the command that builds it.
pub fn server_program() -> PathBuf {
    program("TESTKEEP_SERVER_BIN", "testkeep-server")
}

pub fn program(variable: &str, name: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(variable) {
        return path.into();
    }
    let tests = std::env::current_exe().expect("a path");
    let folder = tests.parent().and_then(Path::parent).expect("the target folder");
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is missing. Run cargo xtask test, or cargo build -p {name} --features demo",
        path.display()
    );
    path
}

/// Runs the server program to its end, with `input` on standard input.
pub fn run_server_program(arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut child = Command::new(server_program())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server program starts");
    // A program that refuses early may not read its input.
    let _closed = child.stdin.take().expect("standard input").write_all(input.as_ref());
    child.wait_with_output().expect("the server program ends")
}

pub fn machine_id() -> MachineId {
    let output = run_server_program(&["machine-id"], "");
    MachineId::parse(String::from_utf8_lossy(&output.stdout).trim()).expect("a Machine ID")
}

pub fn demo_key() -> VendorKey {
    VendorKey::from_pem(DEMO_KEY).expect("the demo key")
}

/// A port below the range from which the system takes ports for outgoing connections; never the same one twice.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + u16::try_from(std::process::id() % 100).expect("small") * 100;
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::Relaxed);
        if std::net::TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}

/// A folder with the files that the installer writes, made without the installer.
pub struct ServerFolder {
    folder: tempfile::TempDir,
    pub config: ServerConfig,
}

/// `testkeep-server run`; killed when dropped.
pub struct RunningServer {
    child: Child,
    pub url: String,
    pub control: Control,
}

impl ServerFolder {
    pub fn new(database: DatabaseConfig) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = || Port::try_from(i64::from(free_port())).expect("a port");
        let http_port = port();
        let config = ServerConfig {
            server_url: ServerUrl::parse(&format!("http://127.0.0.1:{http_port}")).expect("a URL"),
            http_address: [127, 0, 0, 1].into(),
            http_port,
            control_port: port(),
            upload_location: None,
            trusted_proxies: Vec::new(),
            allow_root: true,
            database,
            log: LogConfig::default(),
        };
        let layout = Layout::new(folder.path());
        std::fs::create_dir_all(layout.conf()).expect("conf");
        std::fs::write(layout.secret_key(), "5e".repeat(32)).expect("secret key");
        std::fs::write(layout.config_file(), config.to_toml()).expect("configuration");
        close(&layout);
        Self { folder, config }
    }

    pub fn layout(&self) -> Layout {
        Layout::new(self.folder.path())
    }

    /// Changes the configuration before the server starts.
    pub fn change(&mut self, change: impl FnOnce(&mut ServerConfig)) {
        change(&mut self.config);
        std::fs::write(self.layout().config_file(), self.config.to_toml()).expect("configuration");
    }

    /// Starts the server and waits until it is ready.
    pub fn start(&self) -> RunningServer {
        self.start_as(&mut Command::new(server_program()))
    }

    /// Starts the server with a wrong clock, shifted by `offset` (for example `+3650d`) with the library of `faketime`.
    pub fn start_at(&self, offset: &str) -> RunningServer {
        let mut command = Command::new(server_program());
        // Not with the program `faketime`: killing it would leave the server running. The loader replaces `$LIB`.
        command.env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1").env("FAKETIME", offset);
        self.start_as(command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1"))
    }

    /// As [`Self::start`], with a limit of open files.
    #[cfg(unix)]
    pub fn start_with_open_files(&self, limit: u64) -> RunningServer {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -n {limit}; exec \"$0\" \"$@\"")]).arg(server_program());
        self.start_as(&mut shell)
    }

    fn start_as(&self, command: &mut Command) -> RunningServer {
        let child = command
            .args(["run", "--config"])
            .arg(self.layout().config_file())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the server program starts");
        let running = RunningServer {
            child,
            url: self.config.server_url.as_str().to_owned(),
            control: Control::new(self.config.control_port, self.layout().control_token()),
        };
        let ready = format!("127.0.0.1:{}", self.config.http_port);
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(&ready).is_err() {
            assert!(Instant::now() < deadline, "the server is not ready after 20 s");
            std::thread::sleep(Duration::from_millis(5));
        }
        running
    }
}

/// Gives the files with secrets the rights that the installer sets.
fn close(layout: &Layout) {
    #[cfg(unix)]
    for file in [layout.secret_key(), layout.config_file()] {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).expect("my file");
    }
    #[cfg(not(unix))]
    let _ = layout;
}

/// Resident memory of a process in MB, from `/proc`.
#[cfg(target_os = "linux")]
pub fn resident_megabytes(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the resident memory");
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number of KiB");
    kib * 1024.0 / 1_000_000.0
}

impl RunningServer {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in MB, from `/proc`.
    #[cfg(target_os = "linux")]
    pub fn resident_megabytes(&self) -> f64 {
        resident_megabytes(self.pid())
    }

    #[cfg(target_os = "linux")]
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid())).expect("the server runs").count()
    }

    /// Kills the process, as if the machine lost power.
    pub fn kill(mut self) {
        self.end();
    }

    /// Activates the server and creates the default account; returns it signed in.
    pub async fn set_up(&self) -> Caller {
        let terms = |terms: &mut LicenseTerms| terms.machine_id = machine_id();
        let license = api::license_by(&demo_key(), Clock::system().now(), terms);
        let mut caller = Caller::at(&self.url);
        let activation = caller.request("POST", "/api/v2/activation").body(license);
        let answer = caller.send(activation).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = json!({ "setup_token": self.setup_token().await, "email": api::EMAIL,
                           "password": api::PASSWORD, "first_name": "Ada", "last_name": "Lovelace" });
        assert_eq!(caller.post("/api/v2/default-account", &body).await.status, 201);
        let session = caller.post("/api/v2/sessions", &api::credentials(api::EMAIL, api::PASSWORD)).await;
        caller.bearer = session.body["token"].as_str().map(Into::into);
        caller
    }

    pub async fn setup_token(&self) -> String {
        let url = self.control.setup_link().await.expect("a link");
        url.split_once("#token=").expect("a token").1.to_owned()
    }

    fn end(&mut self) {
        // The process may have ended already.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.end();
    }
}
