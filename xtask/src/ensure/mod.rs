//! Installs the missing parts that a verb needs: system packages, UI packages, programs of cargo, the Windows target.
//!
//! A second run only checks and ends at once. Must never install anything that no [`Need`] names, and never use a
//! package source that the machine is not configured for.

mod booted;
mod cargo_tools;
mod components;
mod node_packages;
mod requirement;
mod system_packages;
mod windows;

use anyhow::Result;

use crate::workspace::Workspace;

pub(crate) use booted::ensure as booted;
pub(crate) use cargo_tools::{CargoTool, ensure as cargo_tool};
pub(crate) use components::ensure as components;
pub(crate) use node_packages::ensure as node_packages;
pub(crate) use windows::{TARGET as WINDOWS_TARGET, ensure as windows};

/// An activity of a verb that needs installed parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Compile Rust programs without a window.
    Compile,
    /// Compile and show the desktop program.
    Desktop,
    /// Control the desktop program on a display of its own.
    DesktopTests,
    BrowserTests,
    Postgresql,
    /// Open the embedded database from outside the server.
    Sqlite,
    /// Kill the server at a chosen system call.
    Tracer,
    /// Start the server with a wrong clock.
    WrongClock,
    /// Mount file systems that lack features.
    FileSystems,
    /// A mail server that the tests start.
    MailServer,
    /// Make deb and rpm packages.
    Packages,
    /// Check packages as distributions do.
    PackageTests,
    /// Boot a machine of systemd in a container.
    BootedMachine,
    /// Make the setup program for Windows.
    WindowsSetup,
    /// Cross-compile for Windows and run it under Wine.
    Windows,
}

/// # Errors
/// A part is missing and cannot be installed here; the message lists all such parts.
pub(crate) fn system(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    system_packages::ensure(workspace, needs)
}
