//! The Windows target of this toolchain. If it cannot be installed (no network, no rustup), the caller skips its part
//! and prints a notice.

use std::path::Path;
use std::time::Duration;

use super::Need;
use crate::process;
use crate::workspace::Workspace;

pub(crate) const TARGET: &str = "x86_64-pc-windows-gnu";

/// # Errors
/// The reason why Windows programs cannot be built or run here. The caller skips its part and does not stop.
pub(crate) fn ensure(workspace: &Workspace) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("the Windows build under Wine is made on Linux only".into());
    }
    ensure_target(workspace)?;
    super::system(workspace, &[Need::Windows]).map_err(|error| format!("{error:#}"))
}

fn ensure_target(workspace: &Workspace) -> Result<(), String> {
    if has_target(workspace) {
        return Ok(());
    }
    let mut add = workspace.command("rustup");
    let _tried = process::succeeds(add.args(["target", "add", TARGET]), Duration::from_mins(2));
    if has_target(workspace) {
        return Ok(());
    }
    Err(format!("the Rust target {TARGET} is missing and `rustup target add {TARGET}` did not bring it"))
}

/// Checks for the standard library in the toolchain itself, which may not come from rustup.
fn has_target(workspace: &Workspace) -> bool {
    let mut ask = workspace.command("rustc");
    let folder = process::output(ask.args(["--print", "target-libdir", "--target", TARGET]));
    folder.is_ok_and(|folder| Path::new(folder.trim()).is_dir())
}
