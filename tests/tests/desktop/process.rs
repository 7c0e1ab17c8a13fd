//! Processes of this machine, identified by their program.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// A child that ends with the test.
pub(crate) struct Owned(pub(crate) Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn exists(pid: u32) -> bool {
    // A dead child stays listed until its parent reads its exit code; its program does not.
    std::fs::read_link(format!("/proc/{pid}/exe")).is_ok()
}

pub(crate) fn kill(pid: u32) {
    let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
}

/// Kills only processes that run exactly this file, even after it was removed.
pub(crate) fn kill_all_of(program: &Path) {
    let removed = PathBuf::from(format!("{} (deleted)", program.display()));
    let Ok(processes) = std::fs::read_dir("/proc") else { return };
    for process in processes.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if std::fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe == program || exe == removed) {
            kill(pid);
        }
    }
}
