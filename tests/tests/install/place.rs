//! One destination with its answers, the installer that works in it, and checks of the result.
//!
//! When a place is dropped, its installation is removed: nothing of a failed test keeps running.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::ConnectOptions;
use tempfile::TempDir;
use testkeep_domain::answers::{
    Answers, DatabaseAnswers, DefaultAccountAnswers, ServiceAnswers, ServiceMode,
};
use testkeep_domain::{Clock, Layout, Secret};
use testkeep_local::control::Control;
use testkeep_local::process::running_servers;
use testkeep_tests::api::license_by;
pub(crate) use testkeep_tests::programs::free_port;
use testkeep_tests::programs::{demo_key, machine_id, run_server_program, server_program};

pub(crate) const EMAIL: &str = "ada@example.com";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// All steps of an installation, with the names in its plan.
pub(crate) const STEPS: [&str; 10] = [
    "create_folders",
    "copy_programs",
    "write_secrets",
    "write_configuration",
    "prepare_database",
    "install_license",
    "create_account",
    "register_service",
    "start_server",
    "finish",
];

pub(crate) struct Place {
    folder: TempDir,
    pub(crate) answers: Answers,
}

/// A running installer; its events are read one by one.
pub(crate) struct Installer {
    child: Child,
    events: Lines<BufReader<ChildStdout>>,
    input: ChildStdin,
    seen: Vec<Value>,
}

/// How an installer ended, and its output.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) events: Vec<Value>,
    pub(crate) stderr: String,
}

pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(future)
}

impl Place {
    /// Answers for the built-in database, a license for this machine and a default account, with a destination that
    /// does not exist yet.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // A folder that every account may enter, like /opt.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("mine");
        let (http_port, control_port) = (free_port(), free_port());
        let license = license_by(&demo_key(), Clock::system().now(), |terms| terms.machine_id = machine_id());
        std::fs::write(folder.path().join("our.license"), license).expect("the license file");
        let answers = Answers {
            destination: folder.path().join("two words/Prüfstand 測試"),
            http_port: http_port.into(),
            control_port: control_port.into(),
            server_url: format!("http://127.0.0.1:{http_port}"),
            upload_location: None,
            license_file: Some(folder.path().join("our.license")),
            database: DatabaseAnswers::BuiltIn,
            default_account: Some(DefaultAccountAnswers {
                email: EMAIL.into(),
                password: Secret::new(PASSWORD),
                first_name: "Ada".into(),
                last_name: "Lovelace".into(),
            }),
            service: Some(ServiceAnswers { mode: ServiceMode::Background, allow_root: true }),
        };
        Self { folder, answers }
    }

    /// A file or folder beside the destination.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn license_file(&self) -> PathBuf {
        self.path("our.license")
    }

    pub(crate) fn destination(&self) -> &Path {
        &self.answers.destination
    }

    pub(crate) fn layout(&self) -> Layout {
        Layout::new(self.destination())
    }

    pub(crate) fn begin(&self) -> Installer {
        Installer::with(&self.answers.to_toml(), &[])
    }

    /// Runs the installer to its end.
    pub(crate) fn install(&self) -> Ended {
        self.begin().end()
    }

    pub(crate) fn installed(&self) -> Ended {
        let ended = self.install();
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        ended
    }

    pub(crate) fn uninstall(&self, more: &[&str]) -> std::process::Output {
        let destination = self.destination().to_str().expect("Unicode");
        run_server_program(&[&["uninstall", "--destination", destination], more].concat(), "")
    }

    /// All files and folders beside and below the destination with their content.
    pub(crate) fn snapshot(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(self.folder.path(), &mut found);
        found
    }

    /// Status code of a sign-in with the default account's password.
    pub(crate) fn sign_in(&self) -> u16 {
        let request = reqwest::Client::new()
            .post(format!("http://127.0.0.1:{}/api/v2/sessions", self.answers.http_port))
            .json(&json!({ "email": EMAIL, "password": PASSWORD }));
        wait_for(async { request.send().await.expect("the server answers").status().as_u16() })
    }

    /// The status without credentials.
    pub(crate) fn server_status(&self) -> Value {
        let url = format!("http://127.0.0.1:{}/api/v2/status", self.answers.http_port);
        wait_for(async { reqwest::get(url).await.expect("an answer").json().await.expect("JSON") })
    }

    /// The status for the default account, which includes the license.
    fn owners_status(&self) -> Value {
        let url = |path| format!("http://127.0.0.1:{}/api/v2/{path}", self.answers.http_port);
        wait_for(async {
            let client = reqwest::Client::new();
            let sign_in = client.post(url("sessions")).json(&json!({ "email": EMAIL, "password": PASSWORD }));
            let session: Value = sign_in.send().await.expect("an answer").json().await.expect("JSON");
            let token = session["token"].as_str().expect("a session");
            let status = client.get(url("status")).bearer_auth(token).send().await.expect("an answer");
            status.json().await.expect("JSON")
        })
    }

    /// Process number of the server that answers on the control port.
    pub(crate) fn server_pid(&self) -> u32 {
        let control = Control::of(&self.layout()).expect("an installation");
        wait_for(control.status()).expect("a running server").pid
    }

    pub(crate) fn servers(&self) -> Vec<u32> {
        running_servers(&self.layout())
    }

    pub(crate) fn marker(&self) -> String {
        std::fs::read_to_string(self.layout().installation_file()).expect("a marker")
    }

    pub(crate) fn secrets(&self) -> (String, String) {
        let read = |path| std::fs::read_to_string(path).expect("a secret");
        (read(self.layout().secret_key()), read(self.layout().control_token()))
    }

    /// Number of users in the built-in database.
    pub(crate) fn accounts(&self) -> i64 {
        let file = self.layout().database_file();
        wait_for(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
            let mut database = options.connect().await.expect("the database");
            sqlx::query_scalar("SELECT COUNT(*) FROM user_account")
                .fetch_one(&mut database)
                .await
                .expect("a number")
        })
    }

    /// Asserts the whole result: licensed, one user who can sign in, one server process.
    pub(crate) fn assert_complete(&self, when: &str) {
        assert!(self.marker().contains("\"installed\""), "{when}: {}", self.marker());
        assert_eq!(self.sign_in(), 201, "{when}");
        let status = self.owners_status();
        assert_eq!(status["state"], "ready", "{when}: {status}");
        assert_eq!(status["license"]["state"], "active", "{when}: {status}");
        // A server that lost the race for the ports may need a moment to notice it.
        let began = Instant::now();
        while self.servers().len() != 1 && began.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(self.servers(), [self.server_pid()], "{when}");
    }

    /// Asserts that nothing is left at the destination or in the folders made for it, and that no server runs.
    pub(crate) fn assert_untouched(&self, before: &BTreeMap<PathBuf, Vec<u8>>, when: &str) {
        assert_eq!(self.servers(), Vec::<u32>::new(), "{when}");
        let after = self.snapshot();
        let names = |map: &BTreeMap<PathBuf, Vec<u8>>| map.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&after), names(before), "{when}");
        assert!(after == *before, "{when}: a file was changed");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.uninstall(&["--delete-data"]);
        for pid in self.servers() {
            let _gone = Command::new("kill").args(["-9", &pid.to_string()]).status();
        }
    }
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in folder.read_dir().expect("a folder").flatten() {
        let kind = entry.file_type().expect("a kind");
        let content =
            if kind.is_file() { std::fs::read(entry.path()).expect("readable") } else { Vec::new() };
        found.insert(entry.path(), content);
        if kind.is_dir() {
            collect(&entry.path(), found);
        }
    }
}

impl Installer {
    pub(crate) fn with(answers: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(server_program());
        command.args(["install", "--answers", "-", "--progress", "json"]).args(arguments);
        Self::start(command, answers)
    }

    /// `command` reads the answers from standard input.
    pub(crate) fn start(mut command: Command, answers: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the installer starts");
        let mut input = child.stdin.take().expect("standard input");
        input.write_all(format!("{answers}\n---\n").as_bytes()).expect("the installer reads its answers");
        let events = BufReader::new(child.stdout.take().expect("standard output")).lines();
        Self { child, events, input, seen: Vec::new() }
    }

    fn next(&mut self) -> Option<Value> {
        let line = self.events.next()?.expect("text");
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.seen.push(event.clone());
        Some(event)
    }

    /// Reads events until `wanted` matches.
    ///
    /// # Panics
    /// The installer ends without such an event.
    pub(crate) fn until(&mut self, wanted: impl Fn(&Value) -> bool) {
        while let Some(event) = self.next() {
            if wanted(&event) {
                return;
            }
        }
        panic!("the event never came: {:#?}", self.seen);
    }

    pub(crate) fn until_running(&mut self, step: &str) {
        self.until(|event| event["name"] == step && event["state"] == "running");
    }

    pub(crate) fn until_finished(&mut self, step: &str) {
        self.until(|event| {
            event["name"] == step && (event["state"] == "done" || event["state"] == "skipped")
        });
    }

    pub(crate) fn until_findings(&mut self) {
        self.until(|event| event["event"] == "findings");
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the installer can be killed");
        self.child.wait().expect("the installer ends");
    }

    pub(crate) fn interrupt(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill runs").success());
    }

    pub(crate) fn cancel(&mut self) {
        self.input.write_all(b"cancel\n").expect("the installer listens");
    }

    pub(crate) fn end(mut self) -> Ended {
        while self.next().is_some() {}
        let mut stderr = String::new();
        let complaints = self.child.stderr.take().expect("standard error").read_to_string(&mut stderr);
        complaints.expect("text");
        let code = self.child.wait().expect("the installer ends").code();
        Ended { code, events: self.seen, stderr }
    }
}

impl Ended {
    /// The last event's message, or the text on standard error.
    pub(crate) fn message(&self) -> String {
        let last = self.events.last().and_then(|event| event["message"].as_str());
        last.map_or_else(|| self.stderr.clone(), str::to_owned)
    }

    pub(crate) fn outcome(&self) -> &str {
        self.events.last().and_then(|event| event["outcome"].as_str()).unwrap_or_default()
    }

    /// `field code` of every error that pre-flight found.
    pub(crate) fn errors(&self) -> Vec<String> {
        let findings = self.events.iter().filter_map(|event| event["findings"].as_array()).flatten();
        let errors = findings.filter(|finding| finding["level"] == "error");
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        errors.map(|finding| format!("{} {}", word(&finding["field"]), word(&finding["code"]))).collect()
    }

    /// The states a step went through.
    pub(crate) fn states(&self, step: &str) -> Vec<&str> {
        let of_step = self.events.iter().filter(|event| event["name"] == step);
        of_step.filter_map(|event| event["state"].as_str()).collect()
    }
}
