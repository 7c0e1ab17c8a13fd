//! One test runner (cargo, Node, vitest): its command, and the same command for single tests.
//!
//! Follows a run line by line, passes every line on, and keeps counts, names of failed tests and times.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use super::tally::Tally;
use super::timing::Timing;
use crate::process;

pub(super) struct Runner {
    /// Without any selection of tests.
    base: Command,
    kind: Kind,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// `cargo test`, with this many tests at once.
    Cargo {
        threads: usize,
    },
    Node,
    Vitest,
}

/// What a run printed.
#[derive(Default)]
pub(super) struct Report {
    pub(super) tally: Tally,
    pub(super) failed: Vec<String>,
    pub(super) timing: Timing,
    /// Node's list of failed tests has begun. Before it, suites with a failed test are marked like tests.
    lists_failed: bool,
}

impl Runner {
    pub(super) fn new(base: Command, kind: Kind) -> Self {
        Self { base, kind }
    }

    /// All tests, or those whose names contain `filter`.
    pub(super) fn all(&self, filter: Option<&str>) -> Command {
        let mut command = self.copy();
        match self.kind {
            Kind::Cargo { threads } => {
                command.args(filter).args(["--", &format!("--test-threads={threads}")]);
            }
            Kind::Node => {
                command.args(filter.map(|name| format!("--test-name-pattern={name}")));
            }
            Kind::Vitest => {
                let part = filter.map(|name| ["--", "--passWithNoTests", "--testNamePattern", name]);
                command.args(part.into_iter().flatten());
            }
        }
        self.and_files(command)
    }

    /// These tests, one after the other; `None` if this runner's tests are never run twice.
    pub(super) fn only(&self, names: &[String]) -> Option<Command> {
        let mut command = self.copy();
        match self.kind {
            Kind::Cargo { .. } => {
                command.args(["--", "--exact", "--test-threads=1"]).args(names);
            }
            Kind::Node => {
                command.args(names.iter().map(|name| format!("--test-name-pattern=^{}$", escaped(name))));
            }
            Kind::Vitest => return None,
        }
        Some(self.and_files(command))
    }

    /// # Errors
    /// The program could not be started.
    pub(super) fn follow(&self, command: &mut Command) -> Result<(Report, ExitStatus)> {
        eprintln!("$ {}", process::words(command));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the test runner is missing")?;
        let output = child.stdout.take().context("the test runner's output was asked for")?;
        let mut report = Report::default();
        if let Kind::Cargo { threads } = self.kind {
            report.timing = Timing::new(threads);
        }
        for line in BufReader::new(output).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            // Captured in the tests of this program, or the outer run would count what they print.
            println!("{line}");
            report.read(&line, Instant::now());
        }
        report.timing.finish();
        Ok((report, child.wait()?))
    }

    fn copy(&self) -> Command {
        let mut copy = Command::new(self.base.get_program());
        for (name, value) in self.base.get_envs() {
            match value {
                Some(value) => copy.env(name, value),
                None => copy.env_remove(name),
            };
        }
        if let Some(folder) = self.base.get_current_dir() {
            copy.current_dir(folder);
        }
        // Node takes options only before the names of files.
        copy.args(self.base.get_args().filter(|argument| !self.is_file(argument)));
        copy
    }

    fn and_files(&self, mut command: Command) -> Command {
        command.args(self.base.get_args().filter(|argument| self.is_file(argument)));
        command
    }

    fn is_file(&self, argument: &std::ffi::OsStr) -> bool {
        matches!(self.kind, Kind::Node) && argument.to_str().is_some_and(|name| name.ends_with(".test.js"))
    }
}

impl Report {
    fn read(&mut self, line: &str, now: Instant) {
        self.tally.read(line);
        self.timing.read(line, now);
        self.lists_failed |= line == "✖ failing tests:";
        let in_node = failed_in_node(line).filter(|_| self.lists_failed);
        let failed = failed_in_cargo(line).or(in_node);
        if let Some(name) = failed.filter(|name| !self.failed.iter().any(|known| known == name)) {
            self.failed.push(name.to_owned());
        }
    }
}

/// The captured output of a failed test begins with `---- NAME stdout ----`; a panic's message is part of it.
fn failed_in_cargo(line: &str) -> Option<&str> {
    line.strip_prefix("---- ")?.strip_suffix(" stdout ----")
}

/// `✖ NAME (12.3ms)`, without indentation: a whole test. `✖ failing tests:` is a headline.
fn failed_in_node(line: &str) -> Option<&str> {
    Some(line.strip_prefix("✖ ")?.strip_suffix("ms)")?.rsplit_once(" (")?.0)
}

/// A name as a regular expression that fits the name alone.
fn escaped(name: &str) -> String {
    let special = |character: char| r"\^$.|?*+()[]{}/".contains(character);
    name.chars()
        .flat_map(|character| special(character).then_some('\\').into_iter().chain([character]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> String {
        process::words(command)
    }

    #[test]
    fn names_failed_tests_once() {
        let mut report = Report::default();
        for line in [
            "test leases::a ... FAILED",
            "---- leases::a stdout ----",
            "  ✖ Sign in (and out) (120.4ms)",
            "✖ a suite (500ms)",
            "✖ failing tests:",
            "✖ Sign in (and out) (120.4ms)",
        ] {
            report.read(line, Instant::now());
        }
        assert_eq!(report.failed, ["leases::a", "Sign in (and out)"]);
    }

    #[test]
    fn asks_for_single_tests() {
        let mut base = Command::new("cargo");
        base.args(["test", "--lib"]);
        let cargo = Runner::new(base, Kind::Cargo { threads: 2 });
        assert_eq!(words(&cargo.all(None)), "cargo test --lib -- --test-threads=2");
        assert_eq!(words(&cargo.all(Some("a"))), "cargo test --lib a -- --test-threads=2");
        let only = cargo.only(&["a::b".into(), "c".into()]).expect("cargo repeats tests");
        assert_eq!(words(&only), "cargo test --lib -- --exact --test-threads=1 a::b c");

        let mut base = Command::new("node");
        base.args(["--test", "walk.test.js"]);
        let node = Runner::new(base, Kind::Node);
        let only = node.only(&["Sign in (out)".into()]).expect("Node repeats tests");
        assert_eq!(words(&only), r"node --test --test-name-pattern=^Sign in \(out\)$ walk.test.js");
        assert!(Runner::new(Command::new("npm"), Kind::Vitest).only(&["a".into()]).is_none());
    }
}
