//! Properties of a folder on disk: which accounts can change it, what its file system supports, and the present user.
//!
//! Must only read, except `give`. The messages say what to do; the caller decides between an error and a warning.

mod account;
pub mod mounts;
mod owners;
#[cfg(unix)]
mod ownership;
mod rights;
mod secrets;

#[cfg(unix)]
pub use account::find_account;
pub use account::{Account, account_name, account_of_process};
pub use owners::{Distrust, judge_installation, judge_way};
#[cfg(unix)]
pub use ownership::give;
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

/// The account that the installation's system service runs as, for root: it owns the folders with data, and commands
/// that open them run as this account. `None` for other accounts, and without such a service.
#[cfg(target_os = "linux")]
pub fn service_account(layout: &testkeep_domain::Layout) -> Option<Account> {
    if !is_root() {
        return None;
    }
    let registered = crate::service::find(layout)?;
    find_account(&registered.account?).filter(|account| account.user != 0)
}

#[cfg(not(target_os = "linux"))]
pub fn service_account(_: &testkeep_domain::Layout) -> Option<Account> {
    None
}
