//! Runs `npm ci` in a folder whose packages are missing or older than its lockfile.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn ensure(workspace: &Workspace, folder: &Path) -> Result<()> {
    if process::on_path("node").is_none() {
        bail!("Node.js is missing. Install Node.js 20.19 or newer, then run the command again.");
    }
    let modified = |file: &Path| file.metadata().and_then(|file| file.modified()).ok();
    // npm writes this file last, so an interrupted installation counts as missing.
    let installed = modified(&folder.join("node_modules").join(".package-lock.json"));
    let locked = modified(&folder.join("package-lock.json"));
    if installed.is_some() && installed >= locked {
        return Ok(());
    }
    process::headline(&format!("Installing Node packages of {}", folder.display()));
    process::run(workspace.npm(folder).args(["ci", "--no-audit", "--no-fund", "--prefer-offline"]))
}
