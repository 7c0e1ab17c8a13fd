//! `cargo xtask bench`: release builds of the programs, measured by the program `bench` of the tests.

use anyhow::Result;

use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, name: Option<&str>) -> Result<()> {
    ensure::system(workspace, &[Need::Compile, Need::Postgresql])?;
    builds::ui(workspace)?;
    process::headline("Building release programs to measure");
    let mut build = workspace.cargo();
    build.args([
        "build",
        "--release",
        "-p",
        "testkeep-server",
        "-p",
        "testkeep-issuer",
        "-p",
        "testkeep-tests",
    ]);
    process::run(build.args(["--bins", "--features", builds::DEMO]))?;
    let mut bench = workspace.command(workspace.program("release", "bench"));
    bench.arg("--programs").arg(workspace.target().join("release"));
    process::run(bench.arg("--demo-key").arg(workspace.demo_key()).args(name))
}
