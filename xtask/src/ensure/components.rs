//! rustfmt and clippy: part of most Rust installations, but not of minimal ones.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

pub(crate) fn ensure(workspace: &Workspace) -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if is_there(workspace, subcommand) {
            continue;
        }
        let mut add = workspace.command("rustup");
        let _tried = process::succeeds(add.args(["component", "add", component]), Duration::from_mins(2));
        if !is_there(workspace, subcommand) {
            bail!(
                "`cargo {subcommand}` is missing. Install it, e.g. with `rustup component add {component}`."
            );
        }
    }
    Ok(())
}

fn is_there(workspace: &Workspace, subcommand: &str) -> bool {
    process::succeeds(workspace.cargo().args([subcommand, "--version"]), Duration::from_secs(30))
}
