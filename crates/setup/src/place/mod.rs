//! What a place on disk is: who could change what lies there, what its file system can do, and who we are.
//!
//! Must only look. The words say what to do; whether it is refused or warned of is the caller's decision.

pub mod mounts;
mod owners;
mod rights;
mod secrets;

pub use owners::{Distrust, judge_installation, judge_way};
pub use rights::{keeps_rights, require_private};
pub use secrets::{SecretsReport, judge_secrets, warn_if_open};

/// Whether this process may do anything on this machine. Never on Windows, where rights are finer.
#[cfg(unix)]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub fn is_root() -> bool {
    false
}
