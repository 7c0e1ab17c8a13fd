//! Reads what `systemctl show` prints about a service.

use super::command::systemctl;
use crate::service::{Registered, ServiceError, ServiceState, ServiceStatus};

const KEYS: &str = "--property=ActiveState,SubState,UnitFileState,MainPID,Result,ExecMainStatus,NRestarts";

pub(super) async fn show(registered: &Registered) -> Result<ServiceStatus, ServiceError> {
    let unit = format!("{}.service", registered.name);
    let text = systemctl(registered.level, &["show", KEYS, &unit]).await?;
    Ok(read(&text, ServiceStatus::of(registered, ServiceState::Stopped)))
}

fn read(text: &str, status: ServiceStatus) -> ServiceStatus {
    let value = |key: &str| {
        text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default()
    };
    let state = match (value("ActiveState"), value("SubState")) {
        ("active" | "reloading", _) => ServiceState::Running,
        ("activating", "auto-restart") | ("failed", _) => ServiceState::Failed,
        ("activating", _) => ServiceState::Starting,
        ("deactivating", _) => ServiceState::Stopping,
        _ => ServiceState::Stopped,
    };
    let reason = (state == ServiceState::Failed).then(|| reason(value("Result"), value("ExecMainStatus")));
    ServiceStatus {
        state,
        enabled: value("UnitFileState").starts_with("enabled"),
        pid: value("MainPID").parse().ok().filter(|pid| *pid != 0),
        restarts: value("NRestarts").parse().unwrap_or(0),
        reason,
        ..status
    }
}

fn reason(result: &str, code: &str) -> String {
    match result {
        "exit-code" if code == "2" => {
            "The server refused to start: its configuration or its folder is wrong.".to_owned()
        }
        "exit-code" => format!("The server ended with exit code {code}."),
        "signal" | "core-dump" => "The server was ended from outside.".to_owned(),
        "watchdog" => "The server did not answer for a minute and was ended.".to_owned(),
        "timeout" => "The server was not ready, or did not stop, within the time it has for it.".to_owned(),
        "oom-kill" => "The machine ran out of memory and ended the server.".to_owned(),
        "start-limit-hit" => {
            "The server failed too often and is not started any more. Mend the cause, then start it."
                .to_owned()
        }
        other => format!("The service manager reports: {other}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::ServiceLevel;

    fn status(text: &str) -> ServiceStatus {
        let registered = Registered {
            level: ServiceLevel::System,
            name: "testkeep".into(),
            account: Some("testkeep".into()),
        };
        read(text, ServiceStatus::of(&registered, ServiceState::Stopped))
    }

    #[test]
    fn a_running_service_has_its_process() {
        let running = status(
            "Result=success\nNRestarts=2\nMainPID=77\nExecMainStatus=0\nActiveState=active\nSubState=running\n\
             UnitFileState=enabled\n",
        );
        assert_eq!((running.state, running.pid, running.restarts), (ServiceState::Running, Some(77), 2));
        assert!(running.enabled && running.reason.is_none());
    }

    #[test]
    fn a_failure_has_its_reason() {
        let failed = status("ActiveState=failed\nResult=exit-code\nExecMainStatus=1\nMainPID=0\n");
        assert_eq!((failed.state, failed.pid), (ServiceState::Failed, None));
        assert!(failed.reason.unwrap().contains("exit code 1") && !failed.enabled);
        let waiting = status("ActiveState=activating\nSubState=auto-restart\nResult=watchdog\n");
        assert!(waiting.state == ServiceState::Failed && waiting.reason.unwrap().contains("did not answer"));
    }
}
