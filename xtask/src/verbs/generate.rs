//! `cargo xtask gen`: openapi.json from the server's code, the UI's types from openapi.json.

use anyhow::Result;

use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// What is generated and committed.
pub(crate) const FILES: [&str; 2] = ["crates/server/openapi.json", "ui/src/lib/api/schema.gen.ts"];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure::system(workspace, &[Need::Compile])?;
    ensure::node_packages(workspace, &workspace.ui())?;
    builds::demo_programs(workspace)?;
    process::headline("Generating");
    let mut server = workspace.command(workspace.program("debug", "testkeep-server"));
    let openapi = process::output(server.arg("openapi"))?;
    std::fs::write(workspace.root().join(FILES[0]), openapi)?;
    process::run(workspace.npm(&workspace.ui()).args(["run", "gen"]))
}
