//! `cargo xtask test`: installs what the tests need, builds once, runs every part, and lists at the end what ran.
//!
//! A part that cannot run here is skipped and named. The other parts still run after one has failed. A part in which no
//! test ran has failed. Must never weaken a test to fit a machine.

mod overview;
mod runner;
mod rust;
mod service;
mod tally;
mod timing;
mod web;
mod windows;

use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;

use crate::builds;
use crate::ensure::{self, Need};
use crate::workspace::Workspace;
use overview::Overview;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Inside the crates and the UI's modules
    Unit,
    /// Real programs over HTTP and the command line, on SQLite and PostgreSQL
    Api,
    /// The server as a service, in a machine that systemd boots
    Service,
    /// The desktop program on a display of its own
    Desktop,
    /// The UI in Chromium
    Web,
    /// Server and license tool as Windows programs under Wine
    Windows,
}

impl Part {
    const ALL: [Self; 6] = [Self::Unit, Self::Api, Self::Service, Self::Desktop, Self::Web, Self::Windows];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Api => "api",
            Self::Service => "service",
            Self::Desktop => "desktop",
            Self::Web => "web",
            Self::Windows => "windows",
        }
    }

    fn needs(self) -> &'static [Need] {
        match self {
            Self::Unit | Self::Api => &[
                Need::Compile,
                Need::Postgresql,
                Need::Sqlite,
                Need::MailServer,
                Need::Tracer,
                Need::WrongClock,
                Need::FileSystems,
            ],
            Self::Desktop => &[Need::Compile, Need::Desktop, Need::DesktopTests, Need::MailServer],
            Self::Web => &[Need::Compile, Need::BrowserTests, Need::MailServer],
            // What these need further may not be installable; then the part is skipped, not failed.
            Self::Windows | Self::Service => &[Need::Compile],
        }
    }
}

/// Result of one part.
pub(crate) enum Outcome {
    Passed {
        /// Counts, or a description.
        words: String,
        /// Tests that failed, then passed alone.
        shaky: Vec<String>,
        /// All tests with their times, the longest first.
        longest: Vec<(String, Duration)>,
    },
    Skipped(String),
}

impl Outcome {
    fn passed(words: &str) -> Self {
        Self::Passed { words: words.to_owned(), shaky: Vec::new(), longest: Vec::new() }
    }
}

pub(crate) fn run(workspace: &Workspace, only: Option<Part>, filter: Option<&str>) -> Result<()> {
    let parts = only.map_or_else(|| Part::ALL.to_vec(), |part| vec![part]);
    let mut needs: Vec<Need> = Vec::new();
    for need in parts.iter().flat_map(|part| part.needs()) {
        if !needs.contains(need) {
            needs.push(*need);
        }
    }
    let mut overview = Overview::new();
    overview.prepare("packages", || ensure::system(workspace, &needs))?;
    overview.prepare("UI", || builds::ui(workspace))?;
    // The tests examine the window's pages with the same tool as the browser's.
    if parts.iter().any(|part| matches!(part, Part::Web | Part::Desktop)) {
        overview.prepare("test packages", || ensure::node_packages(workspace, &workspace.web_tests()))?;
    }
    let selection = rust::Selection::of(&parts);
    overview.prepare("programs", || selection.build(workspace))?;
    for part in parts {
        overview.part(part.name(), || match part {
            Part::Service => service::run(workspace, selection, filter),
            Part::Unit | Part::Api | Part::Desktop => selection.test(workspace, part, filter),
            Part::Web => web::run(workspace),
            Part::Windows => windows::run(workspace),
        });
    }
    overview.finish()
}
