//! Default answers of the wizard on this machine.

use std::path::PathBuf;

use serde::Serialize;
use testkeep_domain::answers::ServiceMode;
use testkeep_domain::machine::{FactorPresence, MachineId};
use testkeep_local::{files, place, service};
use utoipa::ToSchema;

use super::machine_facts::{MachineFacts, machine_facts};
use super::{ports, server_url};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Defaults {
    pub destination: String,
    pub http_port: u16,
    pub control_port: u16,
    /// Never empty; the first is the best proposal.
    pub server_urls: Vec<String>,
    #[schema(value_type = String)]
    pub machine_id: MachineId,
    pub factors: Vec<FactorPresence>,
    pub demo: bool,
    pub version: String,
    /// The server would run as root; it does so only when the answers allow it.
    pub is_root: bool,
    /// The account that the server will run as; `None` if the system does not name it.
    pub account: Option<String>,
    /// How the server can be kept running here, the proposal first.
    pub service_modes: Vec<ServiceMode>,
    /// Size of the program that is copied into the destination; `None`: unknown.
    pub program_bytes: Option<u64>,
    pub machine: MachineFacts,
}

/// Free ports near the usual ones, and a folder that this user may write to.
pub fn defaults(machine_id: MachineId, demo: bool, version: &str) -> Defaults {
    let http_port = ports::next_free_http(8080);
    Defaults {
        destination: destination().display().to_string(),
        http_port,
        control_port: ports::next_free_control(8005, http_port),
        server_urls: server_url::proposals(http_port),
        factors: machine_id.factors(),
        machine_id,
        demo,
        version: version.into(),
        is_root: place::is_root(),
        account: place::account_name(),
        service_modes: service_modes(),
        program_bytes: program_bytes(),
        machine: machine_facts(),
    }
}

fn service_modes() -> Vec<ServiceMode> {
    let services = service::offered().into_iter().map(ServiceMode::from);
    services.chain([ServiceMode::Background, ServiceMode::None]).collect()
}

fn program_bytes() -> Option<u64> {
    let program = std::env::current_exe().ok()?;
    Some(program.metadata().ok()?.len())
}

/// The system's folder for programs if this user may write to it, otherwise a folder of the user.
fn destination() -> PathBuf {
    let (shared, own, name) = if cfg!(windows) {
        (folder_in("ProgramFiles"), folder_in("LOCALAPPDATA"), "Testkeep")
    } else {
        (Some(PathBuf::from("/opt")), folder_in("HOME"), "testkeep")
    };
    let fallback = if cfg!(windows) { PathBuf::from("C:\\") } else { PathBuf::from("/opt") };
    shared.filter(|folder| files::probe_writable(folder).is_ok()).or(own).unwrap_or(fallback).join(name)
}

fn folder_in(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pass_their_own_checks() {
        let defaults = defaults(crate::machine::machine_id(), true, "0.1.0");
        assert!(
            crate::check::destination(defaults.destination.as_ref())
                .findings
                .iter()
                .all(|f| f.code != "not_absolute")
        );
        assert_ne!(defaults.http_port, defaults.control_port);
        assert!(!defaults.server_urls.is_empty());
        assert!(defaults.service_modes.ends_with(&[ServiceMode::Background, ServiceMode::None]));
    }
}
