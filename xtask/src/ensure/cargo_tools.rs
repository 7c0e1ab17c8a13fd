//! Programs that extend cargo. A missing one is compiled once, in a few minutes, into the cache folder.
//!
//! Must never change a developer's own installation: a program on the `PATH` is used as it is, or not used.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

pub(crate) struct CargoTool {
    /// Name of crate and program, for example `cargo-deny`.
    pub(crate) name: &'static str,
    /// The required version; `None`: any.
    pub(crate) version: Option<&'static str>,
}

/// Returns the path of the program; installs it first if needed.
///
/// # Errors
/// The program is missing and cannot be installed here.
pub(crate) fn ensure(workspace: &Workspace, tool: &CargoTool) -> Result<PathBuf> {
    let own = own(workspace, tool.name);
    let places = process::on_path(tool.name).into_iter().chain([own.clone()]);
    let found = places.into_iter().find(|file| file.is_file() && is_right(workspace, file, tool));
    found.map_or_else(|| install(workspace, tool, own), Ok)
}

fn own(workspace: &Workspace, name: &str) -> PathBuf {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    workspace.cache().join("tools").join("bin").join(name)
}

fn is_right(workspace: &Workspace, file: &Path, tool: &CargoTool) -> bool {
    let Some(version) = tool.version else { return true };
    // Arguments as cargo passes them: `cargo-deny deny …`.
    let subcommand = tool.name.trim_start_matches("cargo-");
    let said = process::output(workspace.command(file).args([subcommand, "--version"]));
    said.is_ok_and(|said| said.split_whitespace().any(|word| word == version))
}

fn install(workspace: &Workspace, tool: &CargoTool, own: PathBuf) -> Result<PathBuf> {
    process::headline(&format!("Installing {}", tool.name));
    let build = tempfile::tempdir()?;
    let mut install = workspace.cargo();
    // Optimizing one would take longer than all its runs.
    install.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_TARGET_DIR", build.path());
    install.args(["install", "--debug", "--locked", tool.name]);
    if let Some(version) = tool.version {
        install.args(["--force", "--version", &format!("={version}")]);
    }
    process::run(install.arg("--root").arg(workspace.cache().join("tools")))?;
    if !own.is_file() {
        bail!("`cargo install {}` made no {}", tool.name, own.display());
    }
    Ok(own)
}
