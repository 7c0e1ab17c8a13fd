//! cargo-deny by the rules of deny.toml: licenses, sources, bans. The advisory database needs a network and is left out.

use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

const INSTALL: &str = "cargo install --locked cargo-deny";

/// Compiling cargo-deny takes minutes, so it is used where it is and asked for where it is not; the licenses are
/// checked in any case by the test `boundaries`.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    process::headline("Dependencies");
    let Some(cargo_deny) = find(workspace) else {
        eprintln!("SKIPPED: cargo-deny is not installed; `{INSTALL}` brings it.");
        return Ok(());
    };
    let mut deny = workspace.command(cargo_deny);
    process::run(deny.args(["--workspace", "check", "bans", "licenses", "sources"]))
}

fn find(workspace: &Workspace) -> Option<PathBuf> {
    let own = workspace
        .cache()
        .join("tools")
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    process::on_path("cargo-deny").or_else(|| own.is_file().then_some(own))
}
