//! Counts tests in what cargo's and Node's runners print, while passing every line on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::Outcome;
use crate::process;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Runs a test runner to its end.
///
/// # Errors
/// It failed, a test failed, or nothing ran although everything was asked for.
pub(super) fn run(command: &mut Command, everything: bool) -> Result<Outcome> {
    eprintln!("$ {}", process::words(command));
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("the test runner is missing")?;
    let output = child.stdout.take().context("the test runner's output was asked for")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(std::io::stdout(), "{line}")?;
        tally.read(&line);
    }
    let status = child.wait()?;
    if !status.success() || tally.failed > 0 {
        bail!("{} ({status})", tally.words());
    }
    if tally.passed == 0 && everything {
        bail!("no test ran");
    }
    Ok(Outcome::Passed(tally.words()))
}

impl Tally {
    /// cargo: `test result: ok. 3 passed; 0 failed; 1 ignored; …`. Node: `ℹ pass 3`, or `# pass 3` without a terminal.
    fn read(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result: ") {
            for count in counts.split(['.', ';']) {
                if let Some((number, word)) = count.trim().split_once(' ') {
                    self.add(word, number);
                }
            }
        } else if let Some((word, number)) =
            line.strip_prefix("ℹ ").or(line.strip_prefix("# ")).and_then(|line| line.split_once(' '))
        {
            self.add(word, number);
        }
    }

    fn add(&mut self, word: &str, number: &str) {
        let number: u64 = number.parse().unwrap_or_default();
        match word {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" | "cancelled" => self.failed += number,
            "ignored" | "skipped" => self.ignored += number,
            _ => {}
        }
    }

    fn words(self) -> String {
        let Self { passed, failed, ignored } = self;
        format!("{passed} passed, {failed} failed, {ignored} ignored")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_cargo_and_node_print() {
        let mut tally = Tally::default();
        for line in [
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "ℹ tests 6",
            "ℹ pass 4",
            "# fail 2",
            "test a_test ... ok",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 9, failed: 3, ignored: 1 });
    }

    #[test]
    fn a_run_without_tests_fails() {
        assert!(run(Command::new("true").arg("nothing"), true).is_err());
        assert!(run(Command::new("true").arg("nothing"), false).is_ok());
        assert!(run(&mut Command::new("false"), false).is_err());
    }
}
