//! A real PostgreSQL for tests: private port, private folder, unprivileged user. It ends with the test process.
//!
//! Owns finding the programs, `initdb`, start, stop and removal. A small shell watchdog holds the other end of a pipe
//! and stops the server when the pipe closes, so that nothing keeps running even after `kill -9` of the test process.
//! Must never touch a PostgreSQL it did not start.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub mod bouncer;
pub(crate) mod certificates;
mod programs;

use programs::{Account, Programs, output, run};

/// The superuser of every server started here.
pub const USER: &str = "testkeep";
/// The superuser's password when [`Options::secured`] is set.
pub const PASSWORD: &str = "correct horse & battery=staple";

/// Runs as the server's account. Standard input is the pipe from the test process; nothing is ever written to it.
const WATCHDOG: &str = r#"
exec 3<&0 </dev/null
"$1" -D "$2/data" >>"$2/log" 2>&1 &
server=$!
( cat <&3 >/dev/null; kill -QUIT $server 2>/dev/null ) &
exec 3<&-
wait $server
if [ -f "$2/data/postmaster.pid" ]; then sleep 0.2; fi
rm -rf "$2"
"#;

static SHARED: LazyLock<Postgres> = LazyLock::new(Postgres::start);

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Passwords (SCRAM) and TLS with a certificate of a private authority, and the rules of [`Postgres::start_secured`].
    pub secured: bool,
    /// Further settings, e.g. `("default_transaction_read_only", "on")`.
    pub settings: Vec<(&'static str, &'static str)>,
}

#[derive(Debug)]
pub struct Postgres {
    port: u16,
    folder: PathBuf,
    programs: Programs,
    watchdog: Child,
    databases: AtomicU64,
}

impl Postgres {
    /// The instance that all tests of this process share; ends with the process.
    pub fn shared() -> &'static Self {
        &SHARED
    }

    /// A separate server that trusts every account of this machine, without TLS.
    pub fn start() -> Self {
        Self::start_with(&Options::default())
    }

    /// With passwords and TLS. Databases with these names have their own rules, for tests of refusals: `refused` (no
    /// user), `tls_only`, `certificate_only` (a client certificate for [`USER`]).
    pub fn start_secured() -> Self {
        Self::start_with(&Options { secured: true, ..Options::default() })
    }

    pub fn start_with(options: &Options) -> Self {
        for _ in 0..5 {
            if let Some(server) = Self::try_start(options) {
                return server;
            }
        }
        panic!("PostgreSQL did not start in five attempts on five ports");
    }

    fn try_start(options: &Options) -> Option<Self> {
        let programs = Programs::find();
        let account = Account::unprivileged();
        let folder = account.create_folder();
        let port = free_port();
        initialize(&programs, &account, &folder, options);
        configure(&account, &folder, port, options);
        let mut command = account.command("sh");
        command.args(["-c", WATCHDOG, "watchdog"]).arg(programs.path("postgres")).arg(&folder);
        detach_from_terminal(&mut command);
        let watchdog = command.stdin(Stdio::piped()).spawn().expect("sh starts");
        let mut server = Self { port, folder, programs, watchdog, databases: AtomicU64::new(0) };
        server.wait_until_ready().then_some(server)
    }

    /// `false` if the server ended instead, usually because another program took the port.
    fn wait_until_ready(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            let state = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap_or_default();
            if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return true;
            }
            if self.watchdog.try_wait().expect("the watchdog can be asked").is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("PostgreSQL was not ready within 30 s; its log is {}", self.folder.join("log").display());
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Creates an empty database with a new name, and returns the name.
    pub fn create_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// The URL for [`USER`]; a password comes from the configuration.
    pub fn jdbc_url(&self, database: &str) -> String {
        format!("jdbc:postgresql://127.0.0.1:{}/{database}?user={USER}", self.port)
    }

    /// Runs SQL as superuser over the local socket and returns the rows, one per line, fields separated by `|`.
    pub fn sql(&self, database: &str, text: &str) -> String {
        let mut command = Command::new(self.programs.path("psql"));
        command.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string(), "-U", USER, "-d", database]);
        output(command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-c", text])).trim_end().to_owned()
    }

    /// A file of a secured server: `ca.crt`, `client.crt` and `client.key` (for [`USER`]), `other-ca.crt` (of an
    /// authority that signed nothing here).
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Number of the account that the server runs as, for folders that it must own.
    #[cfg(unix)]
    pub fn account(&self) -> u32 {
        std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&self.folder).expect("the folder is there"))
    }

    /// The server's log until now.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    /// Closing the pipe makes the watchdog stop the server and remove the folder at once.
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ended = self.watchdog.wait();
    }
}

fn initialize(programs: &Programs, account: &Account, folder: &Path, options: &Options) {
    let password_file = folder.join("password");
    std::fs::write(&password_file, PASSWORD).expect("the folder is ours");
    account.give(&password_file);
    let method = if options.secured { "scram-sha-256" } else { "trust" };
    let mut command = account.command(programs.path("initdb"));
    command.arg("-D").arg(folder.join("data")).arg("--pwfile").arg(&password_file);
    command.args(["-U", USER, "-A", method, "--no-sync", "-E", "UTF8", "--locale=C"]);
    run(&mut command);
}

fn configure(account: &Account, folder: &Path, port: u16, options: &Options) {
    let mut lines = vec![
        format!("port = {port}"),
        "listen_addresses = '127.0.0.1'".into(),
        format!("unix_socket_directories = '{}'", folder.display()),
        "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\nmax_connections = 200".into(),
    ];
    if options.secured {
        certificates::create(account, folder);
        let path = |name: &str| folder.join(name).display().to_string();
        lines.push(format!("ssl = on\nssl_cert_file = '{}'", path("server.crt")));
        lines.push(format!("ssl_key_file = '{}'\nssl_ca_file = '{}'", path("server.key"), path("ca.crt")));
        std::fs::write(folder.join("data/pg_hba.conf"), RULES).expect("the folder is ours");
    }
    lines.extend(options.settings.iter().map(|(name, value)| format!("{name} = '{value}'")));
    let included = folder.join("data/postgresql.auto.conf");
    std::fs::write(included, lines.join("\n") + "\n").expect("the folder is ours");
}

const RULES: &str = "local all all trust
host refused all all reject
hostnossl tls_only all all reject
hostssl certificate_only all all cert
host all all all scram-sha-256
";

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
    listener.local_addr().expect("bound").port()
}

/// Ctrl-C must end only the tests; the watchdog must survive to clean up after them.
fn detach_from_terminal(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _windows_has_no_process_groups = command;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_answers_and_leaves_nothing() {
        let server = Postgres::start();
        let database = server.create_database();
        assert_eq!(server.sql(&database, "SELECT current_user, 6 * 7"), format!("{USER}|42"));
        let (folder, port) = (server.folder.clone(), server.port);
        drop(server);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }

    #[test]
    fn secured_server_has_its_certificates() {
        let server = Postgres::start_secured();
        assert_eq!(server.sql("postgres", "SHOW ssl"), "on");
        for name in ["ca.crt", "client.crt", "client.key", "other-ca.crt"] {
            assert!(server.certificate(name).exists(), "{name}");
        }
    }
}
