//! The browser part: `tests/web` drives Chromium against an installation it makes itself.

use anyhow::Result;

use super::{Outcome, tally};
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    let folder = workspace.web_tests();
    let mut node = workspace.command("node");
    node.current_dir(&folder).args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    node.env("TESTKEEP_SERVER_BIN", workspace.program("debug", "testkeep-server"));
    node.env("TESTKEEP_LICENSE_BIN", workspace.program("debug", "testkeep-license"));
    tally::run(node.args(["walk.test.js", "people.test.js", "mail.test.js", "licenses.test.js"]), true)
}
