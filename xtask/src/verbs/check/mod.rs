//! `cargo xtask check`: all checks of the code that do not run its tests.
//!
//! The cheapest checks come first; the first failure ends the run. Must never change a file that a person wrote.
//! Outdated generated files are regenerated and left for review.

mod dependencies;

use anyhow::{Result, bail};

use super::generate;
use crate::builds;
use crate::ensure::{self, Need};
use crate::process;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure::system(workspace, &[Need::Compile, Need::Desktop])?;
    ensure::components(workspace)?;
    process::headline("Format and lockfile");
    process::run(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    process::output(workspace.cargo().args(["metadata", "--locked", "--format-version", "1"]))?;
    process::headline("UI: format and types");
    // The server embeds the built UI, and the UI's build generates files that the type check reads.
    builds::ui(workspace)?;
    process::run(workspace.npm(&workspace.ui()).args(["run", "lint"]))?;
    process::run(workspace.npm(&workspace.ui()).args(["run", "check"]))?;
    dependencies::check(workspace)?;
    generated_files_are_current(workspace)?;
    process::headline("Lints");
    clippy(workspace, &["--workspace", "--features", builds::DEMO])?;
    // Without the features of demos, as in a release.
    if !windows_compiles(workspace)? {
        clippy(workspace, &["--workspace"])?;
    }
    eprintln!("\nEverything checked is fine.");
    Ok(())
}

fn clippy(workspace: &Workspace, selection: &[&str]) -> Result<()> {
    let mut clippy = workspace.cargo();
    process::run(clippy.arg("clippy").args(selection).args(["--all-targets", "--", "-D", "warnings"]))
}

fn generated_files_are_current(workspace: &Workspace) -> Result<()> {
    let contents = || generate::FILES.map(|file| std::fs::read(workspace.root().join(file)).ok());
    let before = contents();
    generate::run(workspace)?;
    let after = contents();
    let changed =
        generate::FILES.iter().zip(before.iter().zip(&after)).filter(|(_, (before, after))| before != after);
    let changed: Vec<_> = changed.map(|(file, _)| *file).collect();
    if !changed.is_empty() {
        bail!(
            "{} was out of date and has been generated again. Look at it and commit it.",
            changed.join(" and ")
        );
    }
    Ok(())
}

/// `false`: this machine cannot check it.
fn windows_compiles(workspace: &Workspace) -> Result<bool> {
    process::headline("Windows");
    if let Err(reason) = ensure::windows(workspace) {
        eprintln!("SKIPPED: the whole workspace was NOT checked for Windows: {reason}");
        return Ok(false);
    }
    process::run(workspace.cargo().args(["check", "--workspace", "--target", ensure::WINDOWS_TARGET]))?;
    Ok(true)
}
