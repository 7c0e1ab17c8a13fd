//! What is asked of Windows to make an installation a service, as one value.
//!
//! Pure: it is made from the installation's folders and configuration alone. Must never contain a secret, because
//! every account of the machine may read the entries of services.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use testkeep_domain::Layout;

use super::account_of;

/// Where Windows keeps its services, below `HKEY_LOCAL_MACHINE`.
pub(super) const SERVICES: &str = "SYSTEM\\CurrentControlSet\\Services";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServicePlan {
    pub(super) name: String,
    pub(super) display_name: String,
    pub(super) description: String,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    pub(super) account: String,
    /// Pauses before the server is started again after a failure; the last one repeats.
    pub(super) pauses: Vec<Duration>,
    /// A server that ran for this long begins again with the first pause.
    pub(super) failures_forgotten_after: Duration,
    /// How long a shutdown of the machine waits for the server.
    pub(super) shutdown_waits: Duration,
    /// `NAME=value` for the server alone.
    pub(super) environment: Vec<String>,
    pub(super) event_source: EventSource,
    pub(super) grants: Vec<Grant>,
}

/// A source of the event log, so that Windows shows the text of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EventSource {
    /// Below `HKEY_LOCAL_MACHINE`.
    pub(super) key: String,
    /// The program that holds the texts of the events. This one of Windows has texts that are their parameter alone.
    pub(super) message_file: &'static str,
    pub(super) numbers: [(&'static str, u32); 2],
}

/// A folder and what the service's account may do in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) folder: PathBuf,
    pub(super) right: Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// Read, write and delete, but change no rights.
    Change,
    /// Read, and run programs.
    Run,
}

impl ServicePlan {
    /// `uploads`: the upload location, when it is not inside the installation.
    pub(super) fn of(layout: &Layout, name: &str, uploads: Option<PathBuf>) -> Self {
        let destination = layout.destination().display();
        let changed = [layout.conf(), layout.data(), layout.licenses(), layout.logs(), layout.backups()];
        let changed = changed.into_iter().chain(uploads);
        let changed = changed.map(|folder| Grant { folder, right: Right::Change });
        // The server must not be able to change its own program.
        let runs = Grant { folder: layout.bin(), right: Right::Run };
        Self {
            name: name.to_owned(),
            display_name: display_name(name),
            description: format!("Test operations and licenses: the Testkeep server in {destination}."),
            program: layout.server_program(),
            arguments: [
                "run".into(),
                "--config".into(),
                layout.config_file().into_os_string(),
                "--as-service".into(),
                name.into(),
            ]
            .into(),
            account: account_of(name),
            pauses: [500, 5_000, 30_000, 60_000].map(Duration::from_millis).into(),
            failures_forgotten_after: Duration::from_mins(10),
            shutdown_waits: Duration::from_mins(1),
            environment: vec!["TESTKEEP_IN_BACKGROUND=1".into()],
            event_source: EventSource::of(name),
            grants: changed.chain([runs]).collect(),
        }
    }
}

/// `Testkeep` for the service `testkeep`, `Testkeep (qa)` for `testkeep-qa`.
fn display_name(name: &str) -> String {
    match name.strip_prefix("testkeep-") {
        Some(rest) => format!("Testkeep ({rest})"),
        None => "Testkeep".into(),
    }
}

impl EventSource {
    pub(super) fn of(name: &str) -> Self {
        Self {
            key: format!("{SERVICES}\\EventLog\\Application\\{name}"),
            message_file: "%SystemRoot%\\System32\\EventCreate.exe",
            // Errors, warnings and information; and a source that `eventcreate` may write to.
            numbers: [("TypesSupported", 7), ("CustomSource", 1)],
        }
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
