//! The parts that cargo runs: unit tests of all crates (together with those of the UI), and the integration tests of
//! `tests/`.
//!
//! Every build of a run selects the same packages and features: otherwise cargo would compile the dependencies again
//! for each part. Programs are built before the tests that start them.

use std::num::NonZero;
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use serde_json::Value;

use super::runner::{Kind, Runner};
use super::{Outcome, Part, tally, web};
use crate::builds;
use crate::process;
use crate::workspace::Workspace;

#[derive(Clone, Copy)]
pub(super) enum Selection {
    /// Everything, the desktop program included.
    Everything,
    /// Without the window system.
    WithoutDesktop,
    /// No Rust tests: only the programs that other parts start.
    Programs,
    Nothing,
}

impl Selection {
    pub(super) fn of(parts: &[Part]) -> Self {
        match parts {
            [Part::Unit | Part::Api | Part::Service] => Self::WithoutDesktop,
            [Part::Web] => Self::Programs,
            [Part::Windows] => Self::Nothing,
            _ => Self::Everything,
        }
    }

    fn arguments(self) -> Vec<&'static str> {
        let mut arguments = vec!["--workspace", "--features", builds::DEMO];
        if matches!(self, Self::WithoutDesktop) {
            arguments.extend(["--exclude", "testkeep-desktop"]);
        }
        arguments
    }

    pub(super) fn build(self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Nothing => Ok(()),
            Self::Programs => builds::demo_programs(workspace),
            Self::Everything | Self::WithoutDesktop => {
                let mut build = workspace.cargo();
                build.arg("build").args(self.arguments());
                process::run(build.args(["--lib", "--bins", "--tests"]))
            }
        }
    }

    pub(super) fn test(self, workspace: &Workspace, part: Part, filter: Option<&str>) -> Result<Outcome> {
        let mut test = workspace.cargo();
        test.arg("test").args(self.arguments()).arg("--no-fail-fast");
        if part == Part::Unit {
            test.args(["--lib", "--bins"]);
        } else {
            for name in integration_tests(workspace)? {
                if part_of(&name) == part {
                    test.args(["--test", &name]);
                }
            }
        }
        let processors = available_parallelism().map_or(1, NonZero::get);
        let threads = match part {
            // Two windows on one machine take each other's focus, and the times of services are measured.
            Part::Desktop | Part::Service => 1,
            // They wait for disks and answers half of the time.
            Part::Api => 2 * processors,
            _ => processors,
        };
        let mut runners = vec![Runner::new(test, Kind::Cargo { threads })];
        if part == Part::Unit {
            runners.push(web::modules(workspace));
        }
        tally::run(&runners, filter)
    }
}

/// Tests whose name begins with `desktop` need a display, and those of `service` a machine that can boot another.
fn part_of(test: &str) -> Part {
    match test {
        name if name.starts_with("desktop") => Part::Desktop,
        name if name.starts_with("service") => Part::Service,
        _ => Part::Api,
    }
}

/// Names of the integration tests of all members.
fn integration_tests(workspace: &Workspace) -> Result<Vec<String>> {
    let mut metadata = workspace.cargo();
    let metadata = process::output(metadata.args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("cargo metadata names packages")?;
    let targets = packages.iter().filter_map(|package| package["targets"].as_array()).flatten();
    let tests =
        targets.filter(|target| target["kind"].as_array().is_some_and(|kind| kind.contains(&"test".into())));
    Ok(tests.filter_map(|target| target["name"].as_str()).map(str::to_owned).collect())
}
