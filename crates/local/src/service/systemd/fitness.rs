//! Whether this machine, this account and this folder suit a service.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use testkeep_domain::Layout;

use super::{registered, unit_path};
use crate::place;
use crate::service::{ServiceError, ServiceLevel, name};

/// Folders that are emptied at boot, or that a service does not see.
const TEMPORARY: [&str; 4] = ["/tmp", "/var/tmp", "/run", "/dev"];

/// Root makes system services; everybody else has a manager of their own.
pub(in crate::service) fn offered() -> Vec<ServiceLevel> {
    match (is_booted(), place::is_root()) {
        (true, true) => vec![ServiceLevel::System],
        (true, false) if has_own_manager() => vec![ServiceLevel::User],
        _ => Vec::new(),
    }
}

/// Whether systemd runs this machine, as `sd_booted(3)` asks.
fn is_booted() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

fn has_own_manager() -> bool {
    let id = rustix::process::geteuid().as_raw();
    Path::new(&format!("/run/user/{id}/systemd")).is_dir()
}

pub(in crate::service) fn obstacle(layout: &Layout, level: ServiceLevel) -> Option<ServiceError> {
    if !is_booted() {
        return Some(ServiceError::NoManager);
    }
    match (level, place::is_root()) {
        (ServiceLevel::System, false) => {
            Some(ServiceError::NeedsRoot("testkeep-server service install".into()))
        }
        (ServiceLevel::User, true) => Some(ServiceError::NotAsRoot),
        (ServiceLevel::System, true) => unfit_place(layout).or_else(|| other_of_this_name(layout)),
        (ServiceLevel::User, false) => None,
    }
}

fn unfit_place(layout: &Layout) -> Option<ServiceError> {
    let destination = layout.destination();
    let shown = destination.display();
    if TEMPORARY.iter().any(|folder| destination.starts_with(folder)) {
        return Some(ServiceError::Unfit(format!(
            "{shown} is a place for temporary files, which are gone after a boot. Install a service in a lasting \
             folder, such as /opt/testkeep."
        )));
    }
    let closed = |folder: &&Path| folder.metadata().is_ok_and(|metadata| metadata.mode() & 0o001 == 0);
    let folder = destination.ancestors().find(closed)?;
    Some(ServiceError::Unfit(format!(
        "The service runs as an account of its own, and that cannot enter {}, on the way to {shown}. Choose a folder \
         such as /opt/testkeep, or let others pass: chmod o+x '{}'",
        folder.display(),
        folder.display()
    )))
}

/// Two installations whose folders have the same name would share a unit.
fn other_of_this_name(layout: &Layout) -> Option<ServiceError> {
    if registered::find_system(layout).is_some() {
        return None;
    }
    let name = name::of(layout.destination());
    let other = registered::read(&unit_path(Path::new(registered::SYSTEM_FOLDER), &name))?;
    Some(ServiceError::Unfit(format!(
        "The service {name} belongs to the installation in {}. Give this one a folder of another name, because its \
         service is named after it.",
        other.destination.display()
    )))
}
