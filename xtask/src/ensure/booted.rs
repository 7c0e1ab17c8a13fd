//! What the tests of services need: root, and the programs that boot a machine of systemd in a container.
//!
//! Returns the reason when they cannot run here, so that the part is skipped and named instead of failing.

use super::{Need, system};
use crate::process;
use crate::workspace::Workspace;

/// # Errors
/// Why no machine can be booted here, in words.
pub(crate) fn ensure(workspace: &Workspace) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("only Linux has systemd".into());
    }
    let id =
        process::output(std::process::Command::new("id").arg("-u")).map_err(|error| error.to_string())?;
    if id.trim() != "0" {
        return Err("root alone can boot a machine in a container; run it as root".into());
    }
    system(workspace, &[Need::BootedMachine]).map_err(|error| format!("{error:#}"))?;
    can_mount()
}

/// Inside many containers even root may mount nothing.
fn can_mount() -> Result<(), String> {
    let mut ask = std::process::Command::new("unshare");
    ask.args(["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
    let is_allowed = process::succeeds(&mut ask, std::time::Duration::from_secs(10));
    if is_allowed { Ok(()) } else { Err("this machine lets root mount no file system".into()) }
}
