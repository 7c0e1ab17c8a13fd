//! Builds that several verbs share: the UI, and the programs for this system or for Windows.

use std::path::Path;
use std::time::SystemTime;

use anyhow::Result;

use crate::ensure;
use crate::process;
use crate::workspace::Workspace;

/// Cargo features of demo builds; never part of a release.
pub(crate) const DEMO: &str = "testkeep-server/demo,testkeep-client/demo";

/// Generated folders in `ui/`.
const GENERATED: [&str; 5] = ["node_modules", "build", ".svelte-kit", "paraglide", "test-results"];

/// Installs the UI's packages and builds it, unless the last build is newer than every source.
pub(crate) fn ui(workspace: &Workspace) -> Result<()> {
    let ui = workspace.ui();
    ensure::node_packages(workspace, &ui)?;
    let built = newest(&ui.join("build"), &[]);
    if built.is_some() && built >= newest(&ui, &GENERATED).max(newest(&workspace.root().join("icons"), &[])) {
        return Ok(());
    }
    process::headline("Building the UI");
    process::run(workspace.npm(&ui).args(["run", "build"]))
}

/// Builds server, vendor's tool and client as demo builds.
pub(crate) fn demo_programs(workspace: &Workspace) -> Result<()> {
    process::headline("Building server, license tool and client");
    programs(workspace, &["testkeep-server", "testkeep-license", "testkeep"])
}

pub(crate) fn desktop(workspace: &Workspace) -> Result<()> {
    process::headline("Building the desktop program");
    programs(workspace, &["testkeep-desktop"])
}

/// Selects the whole workspace and the needed programs by name: this compiles only those, but with the same features as
/// every other debug build, so that no dependency is compiled twice.
fn programs(workspace: &Workspace, names: &[&str]) -> Result<()> {
    let mut build = workspace.cargo();
    build.args(["build", "--workspace", "--features", DEMO]);
    process::run(build.args(names.iter().flat_map(|name| ["--bin", name])))
}

/// Builds the same programs for Windows.
pub(crate) fn demo_programs_for_windows(workspace: &Workspace) -> Result<()> {
    process::headline("Building server, license tool and client for Windows");
    let mut build = workspace.cargo();
    build.args(["build", "--target", ensure::WINDOWS_TARGET, "--features", DEMO]);
    process::run(build.args(["-p", "testkeep-server", "-p", "testkeep-issuer", "-p", "testkeep-client"]))
}

/// Time of the latest change to a file below the folder; `None` when there is no file.
fn newest(folder: &Path, except: &[&str]) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let times = entries.filter_map(|entry| {
        if except.iter().any(|name| entry.file_name() == *name) {
            return None;
        }
        let kind = entry.file_type().ok()?;
        if kind.is_dir() { newest(&entry.path(), except) } else { entry.metadata().ok()?.modified().ok() }
    });
    times.max()
}
