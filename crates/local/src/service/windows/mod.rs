//! A service of Windows, behind the service control manager: with a virtual account of its own.
//!
//! `plan`, `commands` and `outcome` decide what is asked and what an answer means; they are pure and tested on every
//! system. The rest calls Windows and decides nothing. Must never run the server with more rights than its folders.

mod commands;
mod outcome;
mod plan;

#[cfg(windows)]
mod fitness;
#[cfg(windows)]
mod life;
#[cfg(windows)]
mod register;
#[cfg(windows)]
mod registry;
#[cfg(windows)]
mod run;
#[cfg(windows)]
mod scm;

#[cfg(windows)]
pub(super) use fitness::{obstacle, offered};
#[cfg(windows)]
pub(super) use life::{restart, start, status, stop};
#[cfg(windows)]
pub(super) use register::{install, open_firewall, registration_text, set_enabled, uninstall};
#[cfg(windows)]
pub(super) use registry::find;
#[cfg(windows)]
pub use run::system as system_folder;

/// The virtual account of a service: Windows makes and removes it with the service.
fn account_of(name: &str) -> String {
    format!("NT SERVICE\\{name}")
}
