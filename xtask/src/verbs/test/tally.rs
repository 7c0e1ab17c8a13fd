//! Counts tests in the output of the test runners of cargo, Node and vitest, and passes every line on.

use anyhow::{Result, bail};

use super::Outcome;
use super::runner::{Report, Runner};
use crate::process;

/// More failures than this are no coincidence.
const REPEATED: usize = 3;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    passed: u64,
    pub(super) failed: u64,
    ignored: u64,
}

/// Runs test runners to their ends, one after the other; after a failure the next one still runs.
///
/// Up to [`REPEATED`] failed tests of a runner are run once more, alone. Those that pass then are named in the
/// overview: they depend on something that they do not control, and want mending.
///
/// # Errors
/// A runner failed, a test failed, or `everything` was requested and a runner ran no test.
pub(super) fn run(runners: &[Runner], filter: Option<&str>) -> Result<Outcome> {
    let mut all = Report::default();
    let mut problem = None;
    let mut shaky = Vec::new();
    for runner in runners {
        let mut command = runner.all(filter);
        let (report, status) = runner.follow(&mut command)?;
        if !status.success() || report.tally.failed > 0 {
            if passed_alone(runner, &report)? {
                shaky.extend(report.failed);
            } else {
                problem = Some(status.to_string());
            }
        } else if report.tally.passed == 0 && filter.is_none() {
            problem = Some(format!("no test ran in `{}`", process::words(&command)));
        }
        all.tally.add_all(report.tally);
        all.timing.and(report.timing);
    }
    let words = all.tally.words();
    match problem {
        Some(problem) => bail!("{words} ({problem})"),
        None => Ok(Outcome::Passed { words, shaky, longest: all.timing.longest() }),
    }
}

/// Whether few tests failed, and each of them passes alone.
fn passed_alone(runner: &Runner, report: &Report) -> Result<bool> {
    let failed = report.failed.len();
    if failed == 0 || failed > REPEATED || report.tally.failed != failed as u64 {
        return Ok(false);
    }
    let Some(mut command) = runner.only(&report.failed) else { return Ok(false) };
    process::headline(&format!("Once more, alone: {}", report.failed.join(", ")));
    let (again, status) = runner.follow(&mut command)?;
    Ok(status.success() && again.tally.failed == 0 && again.tally.passed >= failed as u64)
}

impl Tally {
    /// cargo: `test result: ok. 3 passed; 0 failed; 1 ignored; …`. Node: `ℹ pass 3`, or `# pass 3` without a terminal.
    /// vitest, without colors: `      Tests  1 failed | 3 passed | 2 skipped (6)`.
    pub(super) fn read(&mut self, line: &str) {
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

    fn add_all(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
    }

    fn words(self) -> String {
        let Self { passed, failed, ignored } = self;
        format!("{passed} passed, {failed} failed, {ignored} ignored")
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::verbs::test::runner::Kind;

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

    fn runner(program: &str, argument: &str) -> Runner {
        let mut command = Command::new(program);
        command.args(["-c", argument]);
        Runner::new(command, Kind::Node)
    }

    fn printing(lines: &str) -> Runner {
        runner("sh", &format!("printf '{lines}'"))
    }

    #[test]
    fn a_run_without_tests_fails() {
        let nothing = || runner("sh", "true");
        assert!(run(&[nothing()], None).is_err());
        assert!(run(&[nothing()], Some("name")).is_ok());
        assert!(run(&[runner("sh", "false")], None).is_err());
    }

    #[test]
    fn every_runner_runs_and_each_must_run_tests() {
        let passed = run(&[printing("# pass 2\n"), printing("      Tests  3 passed (3)\n")], None);
        assert!(matches!(passed, Ok(Outcome::Passed { words, .. }) if words.starts_with("5 passed")));
        assert!(run(&[printing("# pass 2\n"), runner("sh", "true")], None).is_err());
        let failed = run(&[runner("sh", "false"), printing("# pass 2\n")], None);
        assert!(failed.is_err_and(|error| error.to_string().starts_with("2 passed")));
    }

    #[test]
    fn a_test_that_passes_alone_is_named() {
        // The second run has a pattern among its arguments.
        let script = r##"case "$0" in --test-name-pattern*) echo "# pass 1";;
            *) echo "✖ failing tests:"; echo "✖ now and then (3ms)"; echo "# pass 4"; echo "# fail 1"; exit 1;; esac"##;
        let outcome = run(&[runner("sh", script)], None);
        assert!(matches!(outcome, Ok(Outcome::Passed { shaky, .. }) if shaky == ["now and then"]));
    }

    #[test]
    fn a_test_that_fails_twice_has_failed() {
        let always =
            r##"echo "✖ failing tests:"; echo "✖ always (3ms)"; echo "# pass 4"; echo "# fail 1"; exit 1"##;
        assert!(run(&[runner("sh", always)], None).is_err());
        // Passed, but it was another test: the name that failed did not run.
        let another = r##"case "$0" in --test-name-pattern*) echo "# pass 0";;
            *) echo "✖ failing tests:"; echo "✖ gone (3ms)"; echo "# fail 1"; exit 1;; esac"##;
        assert!(run(&[runner("sh", another)], None).is_err());
        let many = r##"case "$0" in --test-name-pattern*) echo "# pass 9";;
            *) echo "✖ failing tests:"; for n in 1 2 3 4; do echo "✖ $n (3ms)"; done; echo "# fail 4"; exit 1;; esac"##;
        assert!(run(&[runner("sh", many)], None).is_err());
    }
}
