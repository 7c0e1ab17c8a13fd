//! Installs system packages with apt-get on Debian and Ubuntu; on other systems prints what to install.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Need, requirement};
use crate::process;
use crate::workspace::Workspace;

pub(super) fn ensure(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    // On Windows and macOS the toolchain has a linker, and windows need no further packages.
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if process::on_path("apt-get").is_none() || process::on_path("dpkg-query").is_none() {
        return explain(needs);
    }
    let missing = missing_packages(needs)?;
    if missing.is_empty() {
        return Ok(());
    }
    process::headline(&format!("Installing system packages: {}", missing.join(" ")));
    apt_get(workspace, &["update", "-q"])?;
    let mut install = vec!["install", "-y", "-q", "--no-install-recommends"];
    install.extend(&missing);
    apt_get(workspace, &install)?;
    let still_missing = missing_packages(needs)?;
    if !still_missing.is_empty() {
        bail!("apt-get ran, but these packages are still missing: {}", still_missing.join(" "));
    }
    Ok(())
}

/// In the order of the needs, each once.
fn missing_packages(needs: &[Need]) -> Result<Vec<&'static str>> {
    let wanted: Vec<_> = needs.iter().flat_map(|need| requirement::of(*need).packages).copied().collect();
    // dpkg-query exits with 1 when one of the names is unknown; its output is still right.
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f", "${db:Status-Status} ${Package}\n"]).args(&wanted);
    let known = query.output().context("`dpkg-query` could not be started")?;
    let known = String::from_utf8_lossy(&known.stdout).into_owned();
    let installed: BTreeSet<_> = known.lines().filter_map(|line| line.strip_prefix("installed ")).collect();
    Ok(wanted.into_iter().filter(|package| !installed.contains(package)).collect())
}

fn apt_get(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    let mut command = if is_root()? { workspace.command("apt-get") } else { with_sudo(workspace)? };
    process::run(command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
}

fn with_sudo(workspace: &Workspace) -> Result<Command> {
    if process::on_path("sudo").is_none() {
        bail!("Installing system packages needs root and `sudo` is missing. Run this command as root once.");
    }
    let mut command = workspace.command("sudo");
    command.args(["--preserve-env=DEBIAN_FRONTEND", "apt-get"]);
    Ok(command)
}

fn is_root() -> Result<bool> {
    Ok(process::output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// Without a known package manager: continues when everything is there, otherwise reports what to install.
fn explain(needs: &[Need]) -> Result<()> {
    let unmet: Vec<_> =
        needs.iter().map(|need| requirement::of(*need)).filter(|need| !need.is_met()).collect();
    if unmet.is_empty() {
        return Ok(());
    }
    let lines = unmet.iter().map(|need| {
        format!("  {}\n      Debian and Ubuntu call it: {}", need.purpose, need.packages.join(" "))
    });
    bail!(
        "Something is missing, and only apt-get is known here. Install with this system's package manager, \
         then run the command again:\n{}",
        lines.collect::<Vec<_>>().join("\n")
    )
}
