//! The program `testkeep` as a person or a script runs it, isolated from this machine's own environment.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use testkeep_tests::programs::program;

/// Machine ID of the tests, unless a test sets another one.
pub(crate) const MACHINE: &str = "0123456789abcdef0123456789abcdef";
/// Longer than any command here takes.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn vendor_key() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/vendor.pub")
}

/// A separate account: home folder, server and API key.
pub(crate) struct Account {
    pub(crate) home: tempfile::TempDir,
    pub(crate) server: String,
    pub(crate) key: String,
    machine: String,
}

impl Account {
    pub(crate) fn new(server: &str, key: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home, server: server.into(), key: key.into(), machine: MACHINE.into() }
    }

    pub(crate) fn on_machine(self, machine: &str) -> Self {
        Self { machine: machine.into(), ..self }
    }

    /// `testkeep license WORDS`. The vendor's key is passed as an argument, so that the build need not contain it.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let (verb, rest) = words.split_first().unwrap();
        let mut command = self.bare(&["license", verb]);
        if *verb != "machine-id" {
            command.arg("--vendor-key").arg(vendor_key()).args(["--machine-id", &self.machine]);
        }
        command.args(rest);
        command
    }

    /// `testkeep WORDS`, without further arguments.
    pub(crate) fn bare(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program("TESTKEEP_BIN", "testkeep"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.args(words).env_clear().env("PATH", path).env("HOME", self.home.path());
        for (name, value) in [("TESTKEEP_SERVER", &self.server), ("TESTKEEP_API_KEY", &self.key)] {
            if !value.is_empty() {
                command.env(name, value);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn testkeep(&self, words: &[&str]) -> Ended {
        Ended::of(self.command(words).output().unwrap())
    }

    pub(crate) fn start(&self, words: &[&str]) -> Running {
        Running::of(self.command(words))
    }

    pub(crate) fn state_file(&self) -> PathBuf {
        self.home.path().join(".local/state/testkeep/license.json")
    }

    /// The single object that `words --json` prints; the exit code must be `code`.
    pub(crate) fn json(&self, words: &[&str], code: i32) -> Value {
        let ended = self.testkeep(&[words, &["--json"]].concat());
        assert_eq!(ended.code, code, "{words:?}: {ended:?}");
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
    }
}

#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("an exit code");
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Fails unless the program ended with this code and printed this on standard error.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, said: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stderr.contains(said), "“{said}” is not in {self:?}");
    }
}

/// A running program; killed when dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Running {
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = read_lines(child.stderr.take().unwrap());
        Self { child, lines, said: Vec::new() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until standard error contains this text.
    #[track_caller]
    pub(crate) fn says(&mut self, words: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.said.push(line.clone());
                    if line.contains(words) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("“{words}” was not said: {:?}", self.said),
                Err(RecvTimeoutError::Disconnected) => panic!("ended without “{words}”: {:?}", self.said),
            }
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    #[track_caller]
    pub(crate) fn ends(mut self) -> Ended {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "still runs; it said {:?}", self.said);
            std::thread::sleep(Duration::from_millis(10));
        };
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        self.said.extend(self.lines.iter());
        Ended { code: status.code().expect("an exit code"), stdout, stderr: self.said.join("\n") }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_before = self.child.kill();
        let _status = self.child.wait();
    }
}

fn read_lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}
