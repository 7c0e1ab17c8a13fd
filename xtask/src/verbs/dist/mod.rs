//! `cargo xtask dist`: release programs for one vendor, and packages of them where the bundler supports the system.
//!
//! Must never build anything that trusts the demo key: the feature and the key are refused, and the finished program is
//! checked.

mod bundle;
mod vendor_key;

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, vendor_key: Option<&Path>, features: &[String]) -> Result<()> {
    refuse_demo(features)?;
    let key = vendor_key::read(workspace, vendor_key)?;
    ensure::system(workspace, &[Need::Compile, Need::Desktop])?;
    builds::ui(workspace)?;
    process::headline("Building release programs");
    build(workspace, &key, features)?;
    let server = workspace.program("release", "testkeep-server");
    is_no_demo(workspace, &server)?;
    client_is_no_demo(workspace)?;
    let folder = workspace.target().join("dist");
    std::fs::create_dir_all(&folder)?;
    for program in ["testkeep-server", "testkeep-license", "testkeep", "testkeep-desktop"] {
        let file = workspace.program("release", program);
        copy_into(&file, &folder)?;
    }
    if let Err(reason) = bundle::make(workspace, &folder) {
        eprintln!("SKIPPED: no packages were made, the programs are complete: {reason:#}");
    }
    println!("{}", folder.display());
    Ok(())
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
fn build(workspace: &Workspace, key: &str, features: &[String]) -> Result<()> {
    let mut build = workspace.cargo();
    build.env(vendor_key::VARIABLE, key).args([
        "build",
        "--release",
        "-p",
        "testkeep-server",
        "-p",
        "testkeep-issuer",
        "-p",
        "testkeep-client",
    ]);
    process::run(build.args(features.iter().flat_map(|feature| ["--features", feature])))?;
    process::run(workspace.cargo().args(["build", "--release", "-p", "testkeep-desktop"]))
}

fn is_no_demo(workspace: &Workspace, server: &Path) -> Result<()> {
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

fn copy_into(file: &Path, folder: &Path) -> Result<()> {
    let name = file.file_name().context("a program has a name")?;
    std::fs::copy(file, folder.join(name)).with_context(|| format!("cannot copy {}", file.display()))?;
    Ok(())
}
