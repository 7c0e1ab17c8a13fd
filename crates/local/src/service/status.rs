//! What is known about a service: its state, its process, why it failed.

use serde::Serialize;
use testkeep_domain::Layout;

#[cfg(any(target_os = "linux", windows))]
use super::Registered;
use super::ServiceLevel;
use super::error::level_word;
#[cfg(any(target_os = "linux", windows))]
use crate::log_file;
use crate::{place, process};

/// How the server is kept running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    System,
    User,
    /// Not registered; runs under its supervisor, which starts it again after a crash.
    Background,
    /// Not registered, and not supervised.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    Stopped,
    Starting,
    Running,
    Stopping,
    Failed,
}

/// The answer of `service status --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceStatus {
    pub kind: ServiceKind,
    /// The name that the service manager knows; absent without a service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub state: ServiceState,
    /// Starts at boot.
    pub enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The account that the server runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How often the server was started again since the service was started.
    pub restarts: u32,
    /// Why it failed, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The end of the log, when it failed.
    pub last_log_lines: Vec<String>,
}

impl ServiceStatus {
    /// A registered service before anything is known of its process.
    #[cfg(any(target_os = "linux", windows))]
    pub(super) fn of(registered: &Registered, state: ServiceState) -> Self {
        let kind = match registered.level {
            ServiceLevel::System => ServiceKind::System,
            ServiceLevel::User => ServiceKind::User,
        };
        Self {
            kind,
            name: Some(registered.name.clone()),
            state,
            enabled: false,
            pid: None,
            account: registered.account.clone(),
            restarts: 0,
            reason: None,
            last_log_lines: Vec::new(),
        }
    }

    pub fn level_word(&self) -> &'static str {
        match self.kind {
            ServiceKind::System => level_word(ServiceLevel::System),
            ServiceKind::User => level_word(ServiceLevel::User),
            ServiceKind::Background => "in the background",
            ServiceKind::None => "no service",
        }
    }
}

/// For an installation that is no service: its process, if there is one.
pub(super) fn without_service(layout: &Layout) -> ServiceStatus {
    let pid = process::running_servers(layout).into_iter().next();
    let is_supervised = !process::supervisors(layout).is_empty();
    let state = match (pid, is_supervised) {
        (Some(_), _) => ServiceState::Running,
        // Between a crash and the next start.
        (None, true) => ServiceState::Starting,
        (None, false) => ServiceState::Stopped,
    };
    ServiceStatus {
        kind: if is_supervised { ServiceKind::Background } else { ServiceKind::None },
        name: None,
        state,
        enabled: false,
        pid,
        account: pid.and_then(place::account_of_process),
        restarts: 0,
        reason: None,
        last_log_lines: Vec::new(),
    }
}

/// The end of the server's own log; empty when this account may not read it.
#[cfg(any(target_os = "linux", windows))]
pub(super) fn last_log_lines(layout: &Layout) -> Vec<String> {
    const LOG_LINES: usize = 8;
    log_file::last_words(&layout.log_file(), LOG_LINES).lines().map(ToOwned::to_owned).collect()
}
