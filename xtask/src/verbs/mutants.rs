//! `cargo xtask mutants`: puts small faults into a crate, one at a time; the crate's own tests should find each.
//!
//! Owns the choice of crate and sample, and the score. cargo-mutants defines and tries the faults. A fault that does
//! not compile says nothing about the tests and is not counted. Not part of `check` or `test`, because a whole run
//! takes hours.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::ensure::{self, CargoTool, Need};
use crate::process;
use crate::workspace::Workspace;

const CARGO_MUTANTS: CargoTool = CargoTool { name: "cargo-mutants", version: Some("27.1.0") };

/// Exit codes with a score: all faults were found; some were missed; some made a test run for ever.
const FINISHED: [i32; 3] = [0, 2, 3];

pub(crate) fn run(workspace: &Workspace, krate: &str, sample: Option<usize>) -> Result<()> {
    ensure::system(workspace, &[Need::Compile])?;
    let program = ensure::cargo_tool(workspace, &CARGO_MUTANTS)?;
    let folder = workspace.target().join("mutants");
    std::fs::create_dir_all(&folder)?;
    let mutants = Mutants { workspace, program, krate, folder };
    let every = match sample {
        None => 1,
        Some(sample) => every(mutants.count()?, sample),
    };
    let results = mutants.test(every)?;
    print(krate, every, &Score::read(&results)?, &survivors(&results)?);
    Ok(())
}

struct Mutants<'a> {
    workspace: &'a Workspace,
    program: PathBuf,
    krate: &'a str,
    /// Folder for build output and results, separate from the other verbs.
    folder: PathBuf,
}

impl Mutants<'_> {
    fn command(&self) -> std::process::Command {
        let mut command = self.workspace.command(&self.program);
        command.env("CARGO_TARGET_DIR", self.folder.join("target"));
        // Without debug information, to save time: the tests run once per fault, and no person reads a backtrace.
        command.envs([("CARGO_PROFILE_DEV_DEBUG", "false"), ("CARGO_PROFILE_DEV_OPT_LEVEL", "1")]);
        command.args(["mutants", "--package", self.krate, "--colors", "never"]);
        command.args(["--cargo-arg", r#"--config=profile.dev.package."*".opt-level=2"#]);
        command
    }

    fn count(&self) -> Result<usize> {
        let list = process::output(self.command().arg("--list"))?;
        match list.lines().count() {
            0 => bail!("There is nothing to change in the crate {}. Is the name right?", self.krate),
            count => Ok(count),
        }
    }

    /// Tries every `every`-th fault on a copy of the checkout; returns the folder with the results.
    fn test(&self, every: usize) -> Result<PathBuf> {
        process::headline(&format!("Testing {} with faults in it", self.krate));
        let mut test = self.command();
        // Without all features, code behind a feature would look untested.
        test.args(["--test-package", self.krate, "--all-features", "--gitignore", "true", "--no-times"]);
        // On a busy machine a slow run must not count as an endless one.
        test.args(["--minimum-test-timeout", "300"]);
        test.args(["--shard", &format!("0/{every}"), "--sharding", "round-robin", "--output"])
            .arg(&self.folder);
        let code = process::code(&mut test)?;
        if !code.is_some_and(|code| FINISHED.contains(&code)) {
            bail!("cargo-mutants came to no result; its output above says why");
        }
        Ok(self.folder.join("mutants.out"))
    }
}

/// The n for which every n-th of `all` faults gives about `sample` faults.
fn every(all: usize, sample: usize) -> usize {
    all.div_ceil(sample.max(1)).max(1)
}

#[derive(Debug, PartialEq, Eq)]
struct Score {
    found: u64,
    missed: u64,
    /// Faults that did not compile.
    unviable: u64,
}

impl Score {
    fn read(results: &Path) -> Result<Self> {
        let file = results.join("outcomes.json");
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::of(&serde_json::from_str(&text)?)
    }

    fn of(outcomes: &Value) -> Result<Self> {
        let number = |name: &str| {
            outcomes[name].as_u64().with_context(|| format!("cargo-mutants' results have no number `{name}`"))
        };
        // A test that never ends has found the fault, too.
        let found = number("caught")? + number("timeout")?;
        Ok(Self { found, missed: number("missed")?, unviable: number("unviable")? })
    }

    fn words(&self) -> String {
        let viable = self.found + self.missed;
        // In tenths of a percent, rounded down: 89.96 % is not 90 %.
        let tenths = (self.found * 1000).checked_div(viable).unwrap_or(1000);
        let (percent, tenth) = (tenths / 10, tenths % 10);
        format!(
            "{} of {viable} faults found ({percent}.{tenth} %); {} did not compile",
            self.found, self.unviable
        )
    }
}

/// The faults that no test found, one per line.
fn survivors(results: &Path) -> Result<String> {
    let file = results.join("missed.txt");
    std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

fn print(krate: &str, every: usize, score: &Score, survivors: &str) {
    let sample = if every == 1 { String::new() } else { format!(", every {every}th fault") };
    println!("{krate}{sample}: {}", score.words());
    if !survivors.is_empty() {
        println!("Not found:\n{}", survivors.trim_end());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn score(caught: u64, timeout: u64, missed: u64) -> Score {
        let outcomes = json!({"caught": caught, "timeout": timeout, "missed": missed, "unviable": 7, "total_mutants": 99});
        Score::of(&outcomes).unwrap()
    }

    #[test]
    fn the_score_counts_what_compiles() {
        assert_eq!(score(80, 10, 10).words(), "90 of 100 faults found (90.0 %); 7 did not compile");
        assert_eq!(score(8996, 0, 1004).words(), "8996 of 10000 faults found (89.9 %); 7 did not compile");
        assert_eq!(score(0, 0, 0).words(), "0 of 0 faults found (100.0 %); 7 did not compile");
        assert!(Score::of(&json!({"caught": 1})).is_err());
    }

    #[test]
    fn a_sample_is_about_as_large_as_asked_for() {
        for (all, sample, expected) in
            [(900, 90, 10), (901, 90, 11), (50, 90, 1), (50, 50, 1), (50, 1, 50), (50, 0, 50), (0, 9, 1)]
        {
            assert_eq!(every(all, sample), expected, "{all} {sample}");
        }
    }
}
