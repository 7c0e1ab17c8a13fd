//! `cargo xtask gen`: generates openapi.json, desktop.json, the permission table's page and the endpoints' tables from
//! the code, and the UI's types from the two JSON documents.

use anyhow::Result;

use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// Files that are generated and committed.
pub(crate) const FILES: [&str; 6] = [
    "crates/server/openapi.json",
    "docs/permissions.md",
    "docs/api-design.md",
    "crates/server/desktop.json",
    "ui/src/lib/api/schema.gen.ts",
    "ui/src/lib/host/schema.gen.ts",
];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure::system(workspace, &[Need::Compile])?;
    ensure::node_packages(workspace, &workspace.ui())?;
    builds::demo_programs(workspace)?;
    process::headline("Generating");
    let prints: [(&str, &[&str]); 4] = [
        (FILES[0], &["openapi"]),
        (FILES[1], &["permissions"]),
        (FILES[2], &["endpoints", FILES[2]]),
        (FILES[3], &["desktop-types"]),
    ];
    for (file, command) in prints {
        let mut server = workspace.command(workspace.program("debug", "testkeep-server"));
        std::fs::write(workspace.root().join(file), process::output(server.args(command))?)?;
    }
    process::run(workspace.npm(&workspace.ui()).args(["run", "gen"]))
}
