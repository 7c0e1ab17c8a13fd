//! Counts tests in the output of the test runners of cargo, Node and vitest, and passes every line on.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use super::Outcome;
use crate::process;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Runs test runners to their ends, one after the other; after a failure the next one still runs.
///
/// # Errors
/// A runner failed, a test failed, or `everything` was requested and a runner ran no test.
pub(super) fn run(runners: &mut [Command], everything: bool) -> Result<Outcome> {
    let mut all = Tally::default();
    let mut problem = None;
    for runner in runners {
        let (tally, status) = follow(runner)?;
        if !status.success() || tally.failed > 0 {
            problem = Some(status.to_string());
        } else if tally.passed == 0 && everything {
            problem = Some(format!("no test ran in `{}`", process::words(runner)));
        }
        all.passed += tally.passed;
        all.failed += tally.failed;
        all.ignored += tally.ignored;
    }
    match problem {
        Some(problem) => bail!("{} ({problem})", all.words()),
        None => Ok(Outcome::Passed(all.words())),
    }
}

fn follow(runner: &mut Command) -> Result<(Tally, ExitStatus)> {
    eprintln!("$ {}", process::words(runner));
    let mut child =
        runner.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("the test runner is missing")?;
    let output = child.stdout.take().context("the test runner's output was asked for")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        writeln!(std::io::stdout(), "{line}")?;
        tally.read(&line);
    }
    Ok((tally, child.wait()?))
}

impl Tally {
    /// cargo: `test result: ok. 3 passed; 0 failed; 1 ignored; …`. Node: `ℹ pass 3`, or `# pass 3` without a terminal.
    /// vitest, without colors: `      Tests  1 failed | 3 passed | 2 skipped (6)`.
    fn read(&mut self, line: &str) {
        let vitest = line.trim_start().strip_prefix("Tests  ").map(|counts| counts.split(" (").next());
        if let Some(counts) = line.strip_prefix("test result: ").or(vitest.flatten()) {
            for count in counts.split(['.', ';', '|']) {
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
    fn counts_what_vitest_prints() {
        let mut tally = Tally::default();
        for line in [
            " Test Files  1 failed | 9 passed (10)",
            "      Tests  2 failed | 129 passed | 1 skipped (132)",
            "      Tests  5 passed (5)",
            "   Start at  05:24:47",
        ] {
            tally.read(line);
        }
        assert_eq!(tally, Tally { passed: 134, failed: 2, ignored: 1 });
    }

    #[test]
    fn a_run_without_tests_fails() {
        let nothing = || Command::new("true");
        assert!(run(&mut [nothing()], true).is_err());
        assert!(run(&mut [nothing()], false).is_ok());
        assert!(run(&mut [Command::new("false")], false).is_err());
    }

    #[test]
    fn every_runner_runs_and_each_must_run_tests() {
        let printing = |line: &str| {
            let mut echo = Command::new("echo");
            echo.arg(line);
            echo
        };
        let passed = run(&mut [printing("# pass 2"), printing("      Tests  3 passed (3)")], true);
        assert!(matches!(passed, Ok(Outcome::Passed(words)) if words.starts_with("5 passed")));
        assert!(run(&mut [printing("# pass 2"), Command::new("true")], true).is_err());
        let failed = run(&mut [Command::new("false"), printing("# pass 2")], true);
        assert!(failed.is_err_and(|error| error.to_string().starts_with("2 passed")));
    }
}
