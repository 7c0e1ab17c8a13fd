//! The UI's tests: its modules by vitest, as part of the unit tests; `tests/web`, which controls Chromium on an
//! installation of its own.

use std::path::Path;

use anyhow::{Context, Result};

use super::runner::{Kind, Runner};
use super::{Outcome, tally};
use crate::workspace::Workspace;

/// Files that run at a time. Each has its own server and browser, and keeps less than one processor busy.
const FILES_AT_ONCE: &str = "--test-concurrency=2";

pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    let folder = workspace.web_tests();
    let mut node = workspace.command("node");
    node.current_dir(&folder).args(["--test", "--test-reporter=spec", FILES_AT_ONCE]);
    node.env("TESTKEEP_SERVER_BIN", workspace.program("debug", "testkeep-server"));
    node.env("TESTKEEP_LICENSE_BIN", workspace.program("debug", "testkeep-license"));
    node.args(files(&folder)?);
    tally::run(&[Runner::new(node, Kind::Node)], None)
}

/// All files of tests in a folder.
fn files(folder: &Path) -> Result<Vec<String>> {
    let entries = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| name.ends_with(".test.js"));
    names.sort();
    Ok(names)
}

/// The tests of the UI's modules. `filter` is a part of the test names; it is no error if no name matches.
pub(super) fn modules(workspace: &Workspace) -> Runner {
    let mut npm = workspace.npm(&workspace.ui());
    npm.args(["test", "--silent"]).env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    Runner::new(npm, Kind::Vitest)
}
