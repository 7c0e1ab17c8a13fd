//! The service control manager of Windows: told the state of the server, and asks it to stop.
//!
//! A start or a stop that goes on is reported with a rising number, so that Windows can see that it does not hang. Must
//! never report a later state before an earlier one.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{self, ServiceControlHandlerResult, ServiceStatusHandle};

/// Windows believes a service dead that reports nothing for the longer time.
const EVERY: Duration = Duration::from_secs(2);
const BELIEVED_FOR: Duration = Duration::from_secs(20);
/// After this time a start is no longer reported, and Windows may call it hung.
const STARTS_WITHIN: Duration = Duration::from_mins(10);

#[derive(Clone)]
pub(crate) struct Reporter(Arc<Inner>);

struct Inner {
    handle: OnceLock<ServiceStatusHandle>,
    told: Mutex<Told>,
    stop: watch::Sender<bool>,
}

struct Told {
    state: ServiceState,
    checkpoint: u32,
}

impl Reporter {
    /// Begins with "starts".
    ///
    /// # Errors
    /// Windows did not start this process as the service `name`.
    pub(crate) fn register(name: &str) -> windows_service::Result<Self> {
        let told = Mutex::new(Told { state: ServiceState::StartPending, checkpoint: 0 });
        let (stop, _) = watch::channel(false);
        let reporter = Self(Arc::new(Inner { handle: OnceLock::new(), told, stop }));
        let asked = reporter.clone();
        let handle = service_control_handler::register(name, move |control| match control {
            ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
            ServiceControl::Stop | ServiceControl::Preshutdown | ServiceControl::Shutdown => {
                asked.stops();
                ServiceControlHandlerResult::NoError
            }
            _ => ServiceControlHandlerResult::NotImplemented,
        })?;
        let _first = reporter.0.handle.set(handle);
        reporter.change(|_| {});
        Ok(reporter)
    }

    /// Completes when Windows asks for a stop.
    pub(crate) fn stop_asked(&self) -> impl Future<Output = ()> + use<> {
        let mut stop = self.0.stop.subscribe();
        async move {
            let _asked = stop.wait_for(|stop| *stop).await;
        }
    }

    /// Tells again and again that a start or a stop goes on. Runs until the program ends.
    pub(crate) async fn keep_telling(self) {
        let began = tokio::time::Instant::now();
        loop {
            tokio::time::sleep(EVERY).await;
            let is_late = began.elapsed() > STARTS_WITHIN;
            self.change(|told| {
                let hangs = is_late && told.state == ServiceState::StartPending;
                told.checkpoint += u32::from(!hangs);
            });
        }
    }

    pub(crate) fn ready(&self) {
        self.change(|told| {
            if told.state == ServiceState::StartPending {
                told.state = ServiceState::Running;
            }
        });
    }

    fn stops(&self) {
        self.change(|told| told.state = ServiceState::StopPending);
        self.0.stop.send_replace(true);
    }

    /// The last report. `code`: 0, or the exit code of a failure, after which Windows starts the service again.
    pub(crate) fn ended(&self, code: u8) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.state = ServiceState::Stopped;
        let code =
            if code == 0 { ServiceExitCode::NO_ERROR } else { ServiceExitCode::ServiceSpecific(code.into()) };
        self.tell(&told, code);
    }

    /// Changes the state and tells it, one change at a time. A state that has ended stays so.
    fn change(&self, change: impl FnOnce(&mut Told)) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.state == ServiceState::Stopped {
            return;
        }
        let before = told.state;
        change(&mut told);
        if is_pending(told.state) || told.state != before {
            self.tell(&told, ServiceExitCode::NO_ERROR);
        }
    }

    fn tell(&self, told: &Told, exit_code: ServiceExitCode) {
        let is_pending = is_pending(told.state);
        let accepted = ServiceControlAccept::STOP | ServiceControlAccept::PRESHUTDOWN;
        let is_running = told.state == ServiceState::Running;
        let status = ServiceStatus {
            service_type: ServiceType::OWN_PROCESS,
            current_state: told.state,
            controls_accepted: if is_running { accepted } else { ServiceControlAccept::empty() },
            exit_code,
            checkpoint: if is_pending { told.checkpoint } else { 0 },
            wait_hint: if is_pending { BELIEVED_FOR } else { Duration::ZERO },
            process_id: None,
        };
        let sent = self.0.handle.get().map(|handle| handle.set_service_status(status));
        if let Some(Err(error)) = sent {
            tracing::warn!(%error, "the service manager was not told");
        }
    }
}

fn is_pending(state: ServiceState) -> bool {
    matches!(state, ServiceState::StartPending | ServiceState::StopPending)
}
