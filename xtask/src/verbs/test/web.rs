//! The UI's tests: its modules by vitest, as part of the unit tests; `tests/web`, which controls Chromium on an
//! installation of its own.

use anyhow::Result;

use super::runner::{Kind, Runner};
use super::{Outcome, tally};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    let folder = workspace.web_tests();
    let mut node = workspace.command("node");
    node.current_dir(&folder).args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    node.env("TESTKEEP_SERVER_BIN", workspace.program("debug", "testkeep-server"));
    node.env("TESTKEEP_LICENSE_BIN", workspace.program("debug", "testkeep-license"));
    node.args(["walk.test.js", "setup.test.js", "people.test.js", "mail.test.js", "licenses.test.js"]);
    tally::run(&[Runner::new(node, Kind::Node)], None)
}

/// The tests of the UI's modules. `filter` is a part of the test names; it is no error if no name matches.
pub(super) fn modules(workspace: &Workspace) -> Runner {
    let mut npm = workspace.npm(&workspace.ui());
    npm.args(["test", "--silent"]).env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    Runner::new(npm, Kind::Vitest)
}
