//! `cargo xtask gen`: openapi.json and the permission table's page from the server's code, the UI's types from
//! openapi.json.

use anyhow::Result;

use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// What is generated and committed.
pub(crate) const FILES: [&str; 3] =
    ["crates/server/openapi.json", "docs/permissions.md", "ui/src/lib/api/schema.gen.ts"];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure::system(workspace, &[Need::Compile])?;
    ensure::node_packages(workspace, &workspace.ui())?;
    builds::demo_programs(workspace)?;
    process::headline("Generating");
    for (file, command) in [(FILES[0], "openapi"), (FILES[1], "permissions")] {
        let mut server = workspace.command(workspace.program("debug", "testkeep-server"));
        std::fs::write(workspace.root().join(file), process::output(server.arg(command))?)?;
    }
    process::run(workspace.npm(&workspace.ui()).args(["run", "gen"]))
}
