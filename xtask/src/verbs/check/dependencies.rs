//! cargo-deny by the rules of deny.toml: licenses, sources, bans. The advisory database needs a network and is left out.

use std::path::PathBuf;

use anyhow::Result;

use crate::process;
use crate::workspace::Workspace;

/// Compiled once, in a few minutes, into the cache folder. Where that fails the check is skipped, loudly; the licenses
/// are checked in any case by the test `boundaries`.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    process::headline("Dependencies");
    let cargo_deny = match find(workspace) {
        Some(found) => found,
        None => match install(workspace) {
            Ok(installed) => installed,
            Err(reason) => {
                eprintln!("SKIPPED: sources and bans were NOT checked, there is no cargo-deny: {reason:#}");
                return Ok(());
            }
        },
    };
    let mut deny = workspace.command(cargo_deny);
    process::run(deny.args(["--workspace", "check", "bans", "licenses", "sources"]))
}

fn find(workspace: &Workspace) -> Option<PathBuf> {
    process::on_path("cargo-deny").or_else(|| Some(own(workspace)).filter(|file| file.is_file()))
}

fn own(workspace: &Workspace) -> PathBuf {
    let name = format!("cargo-deny{}", std::env::consts::EXE_SUFFIX);
    workspace.cache().join("tools").join("bin").join(name)
}

fn install(workspace: &Workspace) -> Result<PathBuf> {
    let tools = workspace.cache().join("tools");
    let build = tempfile::tempdir()?;
    let mut install = workspace.cargo();
    install.env("CARGO_TARGET_DIR", build.path()).args(["install", "--locked", "cargo-deny", "--root"]);
    process::run(install.arg(&tools))?;
    Ok(own(workspace))
}
