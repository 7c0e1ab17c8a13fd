//! Whether this account and this folder suit a service of Windows.

use std::path::Path;

use testkeep_domain::Layout;

use super::{registry, scm};
use crate::place::mounts;
use crate::process::is_program;
use crate::service::{ServiceError, ServiceLevel, name};

pub(in crate::service) fn offered() -> Vec<ServiceLevel> {
    if scm::may_create() { vec![ServiceLevel::System] } else { Vec::new() }
}

pub(in crate::service) fn obstacle(layout: &Layout, level: ServiceLevel) -> Option<ServiceError> {
    if level == ServiceLevel::User {
        return Some(ServiceError::Unfit(
            "Windows has no services of one person. Install a service of the machine, as an administrator: leave out \
             --user."
                .into(),
        ));
    }
    if !scm::may_create() {
        return Some(ServiceError::NeedsAdministrator("testkeep-server service install".into()));
    }
    unfit_place(layout.destination()).or_else(|| other_of_this_name(layout))
}

fn unfit_place(destination: &Path) -> Option<ServiceError> {
    let shown = destination.display();
    if mounts::of(destination).is_some_and(|mount| mount.is_remote()) {
        return Some(ServiceError::Unfit(format!(
            "{shown} is on a network drive, which the account of a service does not see. Install a service on a disk \
             of this machine, such as C:\\Testkeep."
        )));
    }
    destination.starts_with(std::env::temp_dir()).then(|| {
        ServiceError::Unfit(format!(
            "{shown} is a place for temporary files, which Windows removes. Install a service in a lasting folder, \
             such as C:\\Testkeep."
        ))
    })
}

/// Two installations whose folders have the same name would share a service.
fn other_of_this_name(layout: &Layout) -> Option<ServiceError> {
    let name = name::of(layout.destination());
    if registry::find(layout).is_some() {
        return None;
    }
    let program =
        registry::program(&name).filter(|program| !is_program(program, &layout.server_program()))?;
    Some(ServiceError::Unfit(format!(
        "The service {name} runs another program, {program}. Give this installation a folder of another name, because \
         its service is named after it."
    )))
}
