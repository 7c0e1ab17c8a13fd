//! Man pages and shell completions: each program writes its own (`PROGRAM manual FOLDER`).

use std::path::Path;

use anyhow::{Context, Result};

use super::programs::{Programs, WITH_PAGES};
use crate::process;
use crate::workspace::Workspace;

/// Writes the pages of each program to `folder/PROGRAM`.
pub(super) fn write(workspace: &Workspace, programs: &Programs, folder: &Path) -> Result<()> {
    for name in WITH_PAGES {
        let mut program = workspace.command(programs.path(name));
        process::run(program.arg("manual").arg(folder.join(name)))
            .context("The program must have the command `manual`. Is it older than this checkout?")?;
    }
    Ok(())
}
