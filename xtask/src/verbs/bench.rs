//! `cargo xtask bench`: builds the programs for release and measures them with the program `bench` of the tests.

use anyhow::Result;

use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

const WINDOW: &[&str] = &["-p", "testkeep-desktop"];
/// Each selection is built alone, as `dist` does: a server built with the window's features would give worse results.
const SELECTIONS: [&[&str]; 3] = [
    &["-p", "testkeep-server", "-p", "testkeep-issuer", "-p", "testkeep-client", "--features", builds::DEMO],
    WINDOW,
    &["-p", "testkeep-tests", "--bin", "bench"],
];

/// The pages need neither the window nor PostgreSQL.
const UI: &str = "ui";

pub(crate) fn run(workspace: &Workspace, name: Option<&str>) -> Result<()> {
    if name == Some(READERS) {
        return readers(workspace);
    }
    let browser = [Need::Compile, Need::BrowserTests, Need::MailServer];
    let rest = [Need::Desktop, Need::DesktopTests, Need::Postgresql];
    ensure::system(workspace, &browser)?;
    ensure::node_packages(workspace, &workspace.web_tests())?;
    let only_ui = name == Some(UI);
    if !only_ui {
        ensure::system(workspace, &rest)?;
    }
    builds::ui(workspace)?;
    process::headline("Building release programs to measure");
    for selection in SELECTIONS {
        if only_ui && selection == WINDOW {
            continue;
        }
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
