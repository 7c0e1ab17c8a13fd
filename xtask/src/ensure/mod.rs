//! Installs what a verb needs and is missing: system packages, UI packages, programs of cargo, the Windows target.
//!
//! A second run only looks and is over at once. Must never install anything that was not asked for by a [`Need`], and
//! never use a package source the machine is not set up for.

mod cargo_tools;
mod components;
mod node_packages;
mod requirement;
mod system_packages;
mod windows;

use anyhow::Result;

use crate::workspace::Workspace;

pub(crate) use cargo_tools::{CargoTool, ensure as cargo_tool};
pub(crate) use components::ensure as components;
pub(crate) use node_packages::ensure as node_packages;
pub(crate) use windows::{TARGET as WINDOWS_TARGET, ensure as windows};

/// What a verb is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Compile Rust programs without a window.
    Compile,
    /// Compile and show the desktop program.
    Desktop,
    /// Drive the desktop program on a display of its own.
    DesktopTests,
    BrowserTests,
    Postgresql,
    /// The embedded database from outside the server.
    Sqlite,
    /// Ends the server at a chosen system call.
    Tracer,
    /// Starts the server with a clock that is off.
    WrongClock,
    /// Mounts file systems that lack something.
    FileSystems,
    /// A mail server that the tests start.
    MailServer,
    /// Cross-compile for Windows and run it under Wine.
    Windows,
}

/// # Errors
/// Something is missing and cannot be installed from here; the message lists it.
pub(crate) fn system(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    system_packages::ensure(workspace, needs)
}
