//! Properties of a folder on disk: which accounts can change it, what its file system supports, and the present user.
//!
//! Must only read. The messages say what to do; the caller decides between an error and a warning.

mod account;
pub mod mounts;
mod owners;
mod rights;
mod secrets;

pub use account::account_name;
pub use owners::{Distrust, judge_installation, judge_way};
pub use rights::{keeps_rights, require_private};
pub use secrets::{SecretsReport, judge_secrets, warn_if_open};

/// Whether this process may do everything on this machine. Always `false` on Windows, where rights are finer.
#[cfg(unix)]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub fn is_root() -> bool {
    false
}
