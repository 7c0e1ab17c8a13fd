//! Where the programs run: on this system, or as Windows programs under Wine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ensure;
use crate::workspace::Workspace;

#[derive(Clone, Debug)]
pub(crate) enum Platform {
    /// Debug builds of this system.
    Here,
    /// Debug builds for Windows; `prefix` is Wine's own folder.
    Wine { wine: PathBuf, prefix: PathBuf },
}

impl Platform {
    pub(crate) fn command(&self, workspace: &Workspace, program: &str) -> Command {
        match self {
            Self::Here => workspace.command(workspace.program("debug", program)),
            Self::Wine { wine, prefix } => {
                let folder = workspace.target().join(ensure::WINDOWS_TARGET).join("debug");
                let mut command = workspace.command(wine);
                command.env("WINEPREFIX", prefix).env("WINEDEBUG", "-all").env_remove("DISPLAY");
                command.arg(folder.join(format!("{program}.exe")));
                command
            }
        }
    }

    /// The path as the programs see it: Wine shows the whole file system as drive Z.
    pub(crate) fn path(&self, path: &Path) -> OsString {
        match self {
            Self::Here => path.into(),
            Self::Wine { .. } => format!("Z:{}", path.to_string_lossy().replace('/', "\\")).into(),
        }
    }
}
