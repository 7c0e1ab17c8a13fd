//! `cargo xtask bench`: builds the programs for release and measures them with the program `bench` of the tests.

use anyhow::Result;

use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// Each selection is built alone, as `dist` does: a server built with the window's features would give worse results.
const SELECTIONS: [&[&str]; 3] = [
    &["-p", "testkeep-server", "-p", "testkeep-issuer", "-p", "testkeep-client", "--features", builds::DEMO],
    &["-p", "testkeep-desktop"],
    &["-p", "testkeep-tests", "--bin", "bench"],
];

pub(crate) fn run(workspace: &Workspace, name: Option<&str>) -> Result<()> {
    if name == Some(READERS) {
        return readers(workspace);
    }
    ensure::system(workspace, &[Need::Compile, Need::Desktop, Need::DesktopTests, Need::Postgresql])?;
    builds::ui(workspace)?;
    process::headline("Building release programs to measure");
    for selection in SELECTIONS {
        process::run(workspace.cargo().args(["build", "--release"]).args(selection))?;
    }
    let mut bench = workspace.command(workspace.program("release", "bench"));
    bench.arg("--programs").arg(workspace.target().join("release"));
    process::run(bench.arg("--demo-key").arg(workspace.demo_key()).args(name))
}

/// The readers of test reports need no server, so they are measured alone.
const READERS: &str = "readers";

fn readers(workspace: &Workspace) -> Result<()> {
    ensure::system(workspace, &[Need::Compile])?;
    process::run(workspace.cargo().args(["bench", "-p", "testkeep-reports", "--bench", READERS]))
}
