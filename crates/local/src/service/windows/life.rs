//! Starts and stops a service of Windows and waits for the result; reads its state.

use std::time::{Duration, Instant};

use testkeep_domain::Layout;
use windows_service::service::{self as scm_service, ServiceExitCode, ServiceState as Reported};

use super::outcome::{Ended, reason};
use super::scm;
use crate::process::{self, nothing_runs};
use crate::service::status::last_log_lines;
use crate::service::{Registered, ServiceError, ServiceState, ServiceStatus};

/// The start may migrate a large database.
const READY_WITHIN: Duration = Duration::from_mins(10);
/// A start under way is waited for; then running requests have ten seconds.
const STOPPED_WITHIN: Duration = Duration::from_secs(90);
/// The process ends right after it has reported its stop.
const GONE_WITHIN: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);
const ALREADY_RUNNING: i32 = 1056;
/// The service is not active, or changes its state just now.
const NOT_NOW: [i32; 2] = [1061, 1062];

pub(in crate::service) async fn start(layout: &Layout, registered: &Registered) -> Result<(), ServiceError> {
    let name = registered.name.clone();
    let asked = tokio::task::spawn_blocking(move || scm::start(&name)).await;
    let asked = asked.map_err(|error| not_started(layout, registered, error.to_string()))?;
    if let Err(error) = asked {
        match scm::number(&error) {
            Some(ALREADY_RUNNING) => {}
            Some(5) => return Err(scm::refused("start")(error)),
            _ => return Err(not_started(layout, registered, reported(&registered.name, &error))),
        }
    }
    let began = Instant::now();
    loop {
        let status = scm::query(&registered.name).map_err(scm::refused("start"))?;
        match status.current_state {
            Reported::Running => return Ok(()),
            Reported::Stopped => {
                let why = reason(ended(&status)).unwrap_or_else(|| "It was stopped during its start.".into());
                return Err(not_started(layout, registered, why));
            }
            _ if began.elapsed() > READY_WITHIN => {
                return Err(not_started(layout, registered, "It was not ready within ten minutes.".into()));
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }
}

/// The reason that the service's state gives, which says more than the answer to the start.
fn reported(name: &str, error: &windows_service::Error) -> String {
    let status = scm::query(name).ok().filter(|status| status.current_state == Reported::Stopped);
    status.and_then(|status| reason(ended(&status))).unwrap_or_else(|| scm::said(error))
}

fn not_started(layout: &Layout, registered: &Registered, reason: String) -> ServiceError {
    ServiceError::NotStarted { name: registered.name.clone(), reason, log: process::quoted_log(layout) }
}

pub(in crate::service) async fn stop(layout: &Layout, registered: &Registered) -> Result<(), ServiceError> {
    let refused = scm::refused("stop");
    let began = Instant::now();
    loop {
        let status = scm::query(&registered.name).map_err(&refused)?;
        match status.current_state {
            Reported::Stopped => break,
            Reported::Running => match scm::stop(&registered.name) {
                Err(error) if !scm::number(&error).is_some_and(|number| NOT_NOW.contains(&number)) => {
                    return Err(refused(error));
                }
                _ => {}
            },
            _ => {}
        }
        if began.elapsed() > STOPPED_WITHIN {
            return Err(ServiceError::Command {
                command: format!("Stopping the service {}", registered.name),
                said: "it did not stop in time. End the process testkeep-server in the task manager, then try again"
                    .into(),
            });
        }
        tokio::time::sleep(POLL).await;
    }
    let began = Instant::now();
    while !nothing_runs(layout) && began.elapsed() < GONE_WITHIN {
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

pub(in crate::service) async fn restart(
    layout: &Layout,
    registered: &Registered,
) -> Result<(), ServiceError> {
    stop(layout, registered).await?;
    start(layout, registered).await
}

pub(in crate::service) async fn status(
    layout: &Layout,
    registered: &Registered,
) -> Result<ServiceStatus, ServiceError> {
    let reported = scm::query(&registered.name).map_err(scm::refused("status"))?;
    let reason = (reported.current_state == Reported::Stopped).then(|| reason(ended(&reported))).flatten();
    let state = match reported.current_state {
        Reported::Stopped if reason.is_some() => ServiceState::Failed,
        Reported::Stopped => ServiceState::Stopped,
        Reported::StartPending => ServiceState::Starting,
        Reported::StopPending => ServiceState::Stopping,
        _ => ServiceState::Running,
    };
    let last_log_lines = if state == ServiceState::Failed { last_lines(layout) } else { Vec::new() };
    Ok(ServiceStatus {
        enabled: scm::is_enabled(&registered.name),
        pid: reported.process_id.filter(|pid| *pid != 0),
        reason,
        last_log_lines,
        ..ServiceStatus::of(registered, state)
    })
}

/// A start that failed before its log was open has its reason on the console alone.
fn last_lines(layout: &Layout) -> Vec<String> {
    let console = process::console_lines(layout);
    if console.is_empty() { last_log_lines(layout) } else { console }
}

fn ended(status: &scm_service::ServiceStatus) -> Ended {
    match status.exit_code {
        ServiceExitCode::Win32(number) => Ended::Windows(number),
        ServiceExitCode::ServiceSpecific(code) => Ended::Server(code),
    }
}
