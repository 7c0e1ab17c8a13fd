//! The state of a service, in words or as JSON.

use std::fmt::Write as _;
use std::process::ExitCode;

use testkeep_local::service::{self, ServiceState, ServiceStatus};

use super::place::Place;
use super::{Failure, print};

pub(super) async fn status(place: &Place) -> Result<ExitCode, Failure> {
    let status = service::status(&place.layout()?).await?;
    if place.json {
        let text = serde_json::to_string(&status).map_err(|error| Failure::Failed(error.to_string()))?;
        return print(&format!("{text}\n"));
    }
    print(&in_words(&status))
}

fn in_words(status: &ServiceStatus) -> String {
    let mut text = String::new();
    let kind = status.level_word();
    let _ = match &status.name {
        Some(name) => writeln!(text, "Service:  {name} ({kind})"),
        None => writeln!(text, "Service:  none ({kind})"),
    };
    let process = status.pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
    let _ = writeln!(text, "State:    {}{process}", state_word(status.state));
    let _ = writeln!(text, "At boot:  {}", if status.enabled { "started" } else { "not started" });
    if let Some(account) = &status.account {
        let _ = writeln!(text, "Account:  {account}");
    }
    if status.restarts > 0 {
        let _ = writeln!(text, "Restarts: {}", status.restarts);
    }
    if let Some(reason) = &status.reason {
        let _ = writeln!(text, "Reason:   {reason}");
    }
    if !status.last_log_lines.is_empty() {
        let _ = writeln!(text, "The end of its log:\n  {}", status.last_log_lines.join("\n  "));
    }
    text
}

fn state_word(state: ServiceState) -> &'static str {
    match state {
        ServiceState::Stopped => "stopped",
        ServiceState::Starting => "starting",
        ServiceState::Running => "running",
        ServiceState::Stopping => "stopping",
        ServiceState::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use testkeep_local::service::ServiceKind;

    use super::*;

    #[test]
    fn a_failure_says_why() {
        let status = ServiceStatus {
            kind: ServiceKind::System,
            name: Some("testkeep".into()),
            state: ServiceState::Failed,
            enabled: true,
            pid: None,
            account: Some("testkeep".into()),
            restarts: 3,
            reason: Some("The server ended with exit code 1.".into()),
            last_log_lines: vec!["ERROR no".into()],
        };
        let words = "Service:  testkeep (system)\nState:    failed\nAt boot:  started\nAccount:  testkeep\n\
                     Restarts: 3\nReason:   The server ended with exit code 1.\nThe end of its log:\n  ERROR no\n";
        assert_eq!(in_words(&status), words);
    }
}
