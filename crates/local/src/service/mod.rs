//! The server as a service of this machine: registered, started at boot, restarted after a crash.
//!
//! One vocabulary for every system; `systemd` (Linux) and `windows` do the work. Without a service manager the server
//! runs in the background under its supervisor (`process`), and this module reports that too. Must never start the
//! server as root.

mod error;
#[cfg(any(target_os = "linux", windows))]
mod name;
#[cfg(not(any(target_os = "linux", windows)))]
mod none;
mod status;
#[cfg(target_os = "linux")]
mod systemd;
// What is asked of Windows is tested on every system.
#[cfg(any(windows, test))]
mod windows;

use std::path::Path;

use serde::Serialize;
use testkeep_domain::Layout;
use testkeep_domain::answers::ServiceMode;

use crate::process;

pub use error::ServiceError;
#[cfg(not(any(target_os = "linux", windows)))]
use none as manager;
pub use status::{ServiceKind, ServiceState, ServiceStatus};
#[cfg(target_os = "linux")]
use systemd as manager;
#[cfg(windows)]
use windows as manager;
#[cfg(windows)]
pub use windows::system_folder;

/// Whose service it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceLevel {
    /// Of the machine: starts at boot and runs as an account of its own.
    System,
    /// Of one person, without administrator's rights: runs as that person.
    User,
}

impl From<ServiceLevel> for ServiceMode {
    fn from(level: ServiceLevel) -> Self {
        match level {
            ServiceLevel::System => Self::Service,
            ServiceLevel::User => Self::UserService,
        }
    }
}

/// A service that is registered for an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub level: ServiceLevel,
    pub name: String,
    /// The account that the server runs as.
    pub account: Option<String>,
}

/// What `install` did, and what the person must know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    pub registered: Registered,
    pub notes: Vec<String>,
}

/// The levels that this machine offers to this account, the best first; empty without a service manager.
pub fn offered() -> Vec<ServiceLevel> {
    manager::offered()
}

/// The service of this installation; `None` when it has none.
pub fn find(layout: &Layout) -> Option<Registered> {
    manager::find(layout)
}

/// Why this installation cannot be a service of this level here; `None`: it can.
pub fn obstacle(layout: &Layout, level: ServiceLevel) -> Option<ServiceError> {
    manager::obstacle(layout, level)
}

/// Registers the server, so that it starts at boot. Repairs a registration that exists. A server that runs in the
/// background is stopped first; nothing is started.
pub async fn install(layout: &Layout, level: ServiceLevel) -> Result<Installed, ServiceError> {
    if let Some(obstacle) = obstacle(layout, level) {
        return Err(obstacle);
    }
    match find(layout) {
        Some(registered) if registered.level != level => return Err(ServiceError::OtherLevel(registered)),
        Some(_) => {}
        None if process::nothing_runs(layout) => {}
        None => drop(process::stop(layout).await?),
    }
    manager::install(layout, level).await
}

/// Stops the server and removes its registration, and the account if registering made it.
pub async fn uninstall(layout: &Layout) -> Result<Registered, ServiceError> {
    let registered = required(layout)?;
    manager::uninstall(layout, &registered).await?;
    Ok(registered)
}

/// Starts the service and waits until the server answers.
pub async fn start(layout: &Layout) -> Result<(), ServiceError> {
    manager::start(layout, &required(layout)?).await
}

/// Stops the service; running requests are finished first.
pub async fn stop(layout: &Layout) -> Result<(), ServiceError> {
    manager::stop(layout, &required(layout)?).await
}

pub async fn restart(layout: &Layout) -> Result<(), ServiceError> {
    manager::restart(layout, &required(layout)?).await
}

/// Starts the server at boot from now on.
pub async fn enable(layout: &Layout) -> Result<(), ServiceError> {
    manager::set_enabled(layout, &required(layout)?, true).await
}

/// Starts the server no more at boot; a running one goes on.
pub async fn disable(layout: &Layout) -> Result<(), ServiceError> {
    manager::set_enabled(layout, &required(layout)?, false).await
}

/// Lets other machines reach the server through this machine's firewall. Removing the service takes that back.
///
/// # Errors
/// The installation is no service, or this system's firewall is not ours to change.
pub async fn open_firewall(layout: &Layout) -> Result<(), ServiceError> {
    required(layout)?;
    manager::open_firewall(layout).await
}

/// What is known about the server, registered or not.
pub async fn status(layout: &Layout) -> Result<ServiceStatus, ServiceError> {
    match find(layout) {
        Some(registered) => manager::status(layout, &registered).await,
        None => Ok(status::without_service(layout)),
    }
}

/// The text of the service's registration for an installation in `layout`, for packages; only where it is a file.
pub fn registration_text(layout: &Layout, account: &str) -> Result<String, ServiceError> {
    manager::registration_text(layout, account)
}

/// Stops the server the way it was started: as a service, or in the background. `false`: it was not running.
pub async fn stop_server(layout: &Layout) -> Result<bool, ServiceError> {
    let Some(registered) = find(layout) else { return Ok(process::stop(layout).await?) };
    let was_running = !process::nothing_runs(layout);
    manager::stop(layout, &registered).await?;
    // One that was started by hand beside the service.
    let by_hand = !process::nothing_runs(layout) && process::stop(layout).await?;
    Ok(was_running || by_hand)
}

fn required(layout: &Layout) -> Result<Registered, ServiceError> {
    find(layout).ok_or_else(|| ServiceError::NotInstalled(shown(layout.destination())))
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
