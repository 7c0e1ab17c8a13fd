//! Release programs for one vendor.
//!
//! Owns the flags of a reproducible build: no path of the machine gets into a program. Must never return programs that
//! trust the demo key.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;

use super::vendor_key;
use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

/// Builds the programs and returns their folder.
pub(super) fn build(
    workspace: &Workspace,
    vendor_key: Option<&Path>,
    features: &[String],
) -> Result<PathBuf> {
    refuse_demo(features)?;
    let key = vendor_key::read(workspace, vendor_key)?;
    ensure::system(workspace, &[Need::Compile, Need::Desktop])?;
    builds::ui(workspace)?;
    process::headline("Building release programs");
    build_programs(workspace, &key, features)?;
    is_no_demo(workspace)?;
    client_is_no_demo(workspace)?;
    Ok(workspace.target().join("release"))
}

fn refuse_demo(features: &[String]) -> Result<()> {
    if features.iter().flat_map(|list| list.split(',')).any(|name| name.trim().ends_with("demo")) {
        bail!(
            "The feature `demo` trusts a published key: anybody could license such a build. Build without it."
        );
    }
    Ok(())
}

/// Builds the server separately from the window, so that it has no feature that only the window needs.
fn build_programs(workspace: &Workspace, key: &str, features: &[String]) -> Result<()> {
    let mut build = reproducible(workspace);
    build.env(vendor_key::VARIABLE, key);
    build.args(["-p", "testkeep-server", "-p", "testkeep-issuer", "-p", "testkeep-client"]);
    process::run(build.args(features.iter().flat_map(|feature| ["--features", feature])))?;
    process::run(reproducible(workspace).args(["-p", "testkeep-desktop"]))
}

/// Messages of panics and of C code name source files; these names must not depend on the machine.
fn reproducible(workspace: &Workspace) -> Command {
    let mut cargo = workspace.cargo();
    let folders = [(workspace.root().to_path_buf(), "/testkeep"), (cargo_home(), "/cargo")];
    let rust: Vec<_> =
        folders.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())).collect();
    let c: Vec<_> =
        folders.iter().map(|(from, to)| format!("-ffile-prefix-map={}={to}", from.display())).collect();
    // The separator of this variable allows spaces in paths.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}"));
    if cfg!(unix) {
        cargo.env("CFLAGS", c.join(" "));
    }
    cargo.args(["build", "--release", "--locked"]);
    cargo
}

fn cargo_home() -> PathBuf {
    let home = || {
        let home = std::env::var_os(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
        PathBuf::from(home.unwrap_or_default()).join(".cargo")
    };
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

fn is_no_demo(workspace: &Workspace) -> Result<()> {
    let server = workspace.program("release", "testkeep-server");
    let defaults = process::output(workspace.command(server).args(["check", "defaults"]))?;
    let defaults: Value = serde_json::from_str(&defaults)?;
    if defaults["demo"] != Value::Bool(false) {
        bail!("The finished server says that it is a demo build; nothing was put into the dist folder.");
    }
    Ok(())
}

fn client_is_no_demo(workspace: &Workspace) -> Result<()> {
    let client = workspace.program("release", "testkeep");
    if process::output(workspace.command(client).arg("--version"))?.contains("demo") {
        bail!("The finished client says that it is a demo build; nothing was put into the dist folder.");
    }
    Ok(())
}
