//! Packages of the desktop program with the server and the license client, built by the Tauri bundler: deb and rpm, on
//! Linux.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::copy_into;
use crate::process;
use crate::workspace::Workspace;

/// Programs that a package contains in addition to the window, as `installer/bundle.conf.json` lists them.
const BESIDE: [&str; 2] = ["testkeep-server", "testkeep"];

pub(super) fn make(workspace: &Workspace, folder: &Path) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("packages are made on Linux only");
    }
    let desktop = workspace.root().join("src-tauri");
    place_sidecars(workspace, &desktop.join("binaries"))?;
    process::headline("Making packages");
    let mut bundler = workspace.command("npx");
    bundler.current_dir(&desktop).args(["--yes", "@tauri-apps/cli@2", "bundle", "--bundles", "deb,rpm"]);
    process::run(bundler.args(["--config", "../installer/bundle.conf.json"]))?;
    for kind in ["deb", "rpm"] {
        let made = workspace.target().join("release").join("bundle").join(kind);
        for package in files_ending_in(&made, kind)? {
            copy_into(&package, folder)?;
        }
    }
    Ok(())
}

/// The bundler requires that a sidecar's name ends in its target.
fn place_sidecars(workspace: &Workspace, folder: &Path) -> Result<()> {
    let version = process::output(workspace.command("rustc").arg("-vV"))?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names its host")?;
    std::fs::create_dir_all(folder)?;
    for name in BESIDE {
        std::fs::copy(workspace.program("release", name), folder.join(format!("{name}-{host}")))?;
    }
    Ok(())
}

fn files_ending_in(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("no packages in {}", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path());
    Ok(files.filter(|file| file.is_file() && file.extension().is_some_and(|found| found == ending)).collect())
}
