//! Calls of the service control manager. Every function opens what it needs and closes it, because a service that is
//! open somewhere is not removed.

use windows_service::Error;
use windows_service::service::{
    Service, ServiceAccess, ServiceAction, ServiceActionType, ServiceErrorControl, ServiceFailureActions,
    ServiceFailureResetPeriod, ServiceInfo, ServiceStartType, ServiceStatus, ServiceType,
};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};

use super::plan::ServicePlan;
use crate::service::ServiceError;

const ACCESS_DENIED: i32 = 5;
const MARKED_FOR_REMOVAL: i32 = 1072;

fn manager(access: ServiceManagerAccess) -> Result<ServiceManager, Error> {
    ServiceManager::local_computer(None::<&str>, access)
}

fn open(name: &str, access: ServiceAccess) -> Result<Service, Error> {
    manager(ServiceManagerAccess::CONNECT)?.open_service(name, access)
}

/// Whether this account may make services.
pub(super) fn may_create() -> bool {
    manager(ServiceManagerAccess::CREATE_SERVICE).is_ok()
}

pub(super) fn exists(name: &str) -> bool {
    open(name, ServiceAccess::QUERY_STATUS).is_ok()
}

/// Makes the service, or changes it to the plan.
pub(super) fn register(plan: &ServicePlan) -> Result<(), Error> {
    let info = info(plan, ServiceStartType::AutoStart);
    if exists(&plan.name) {
        return open(&plan.name, ServiceAccess::CHANGE_CONFIG)?.change_config(&info);
    }
    let access = ServiceManagerAccess::CONNECT | ServiceManagerAccess::CREATE_SERVICE;
    manager(access)?.create_service(&info, ServiceAccess::QUERY_STATUS).map(drop)
}

pub(super) fn set_enabled(plan: &ServicePlan, is_enabled: bool) -> Result<(), Error> {
    let start = if is_enabled { ServiceStartType::AutoStart } else { ServiceStartType::OnDemand };
    let service = open(&plan.name, ServiceAccess::CHANGE_CONFIG)?;
    service.change_config(&info(plan, start))?;
    if is_enabled {
        // Without the delay the server starts a little earlier, which is no reason to refuse.
        let _starts_earlier = service.set_delayed_auto_start(true);
    }
    Ok(())
}

pub(super) fn is_enabled(name: &str) -> bool {
    let config = open(name, ServiceAccess::QUERY_CONFIG).and_then(|service| service.query_config());
    config.is_ok_and(|config| config.start_type == ServiceStartType::AutoStart)
}

/// Sets what a service has beside its program; returns what Windows refused.
pub(super) fn complete(plan: &ServicePlan) -> Result<Vec<String>, Error> {
    // Setting a restart as recovery needs the right to start the service.
    let service = open(&plan.name, ServiceAccess::CHANGE_CONFIG | ServiceAccess::START)?;
    let restart = |delay: &_| ServiceAction { action_type: ServiceActionType::Restart, delay: *delay };
    let recovery = ServiceFailureActions {
        reset_period: ServiceFailureResetPeriod::After(plan.failures_forgotten_after),
        reboot_msg: None,
        command: None,
        actions: Some(plan.pauses.iter().map(restart).collect()),
    };
    let asked = [
        ("its description", service.set_description(&plan.description)),
        ("the delayed start at boot", service.set_delayed_auto_start(true)),
        ("restarts after a crash", service.update_failure_actions(recovery)),
        ("restarts after a failed start", service.set_failure_actions_on_non_crash_failures(true)),
        ("the time for a stop at shutdown", service.set_preshutdown_timeout(plan.shutdown_waits)),
    ];
    let refused = asked.into_iter().filter_map(|(what, result)| Some((what, result.err()?)));
    Ok(refused
        .map(|(what, error)| format!("Windows refused a setting of the service, {what}: {}", said(&error)))
        .collect())
}

fn info(plan: &ServicePlan, start_type: ServiceStartType) -> ServiceInfo {
    ServiceInfo {
        name: (&plan.name).into(),
        display_name: (&plan.display_name).into(),
        service_type: ServiceType::OWN_PROCESS,
        start_type,
        error_control: ServiceErrorControl::Normal,
        executable_path: plan.program.clone(),
        launch_arguments: plan.arguments.clone(),
        dependencies: Vec::new(),
        account_name: Some((&plan.account).into()),
        account_password: None,
    }
}

pub(super) fn query(name: &str) -> Result<ServiceStatus, Error> {
    open(name, ServiceAccess::QUERY_STATUS)?.query_status()
}

/// Returns when the process has reported to Windows, which may be long before it is ready.
pub(super) fn start(name: &str) -> Result<(), Error> {
    open(name, ServiceAccess::START)?.start::<&str>(&[])
}

pub(super) fn stop(name: &str) -> Result<(), Error> {
    open(name, ServiceAccess::STOP)?.stop().map(drop)
}

pub(super) fn delete(name: &str) -> Result<(), Error> {
    open(name, ServiceAccess::DELETE)?.delete()
}

/// The number of Windows in an error.
pub(super) fn number(error: &Error) -> Option<i32> {
    match error {
        Error::Winapi(error) => error.raw_os_error(),
        _ => None,
    }
}

/// `verb`: of `service`, to repeat it with more rights.
pub(super) fn refused(verb: &str) -> impl Fn(Error) -> ServiceError {
    move |error| in_words(verb, &error)
}

fn in_words(verb: &str, error: &Error) -> ServiceError {
    match number(error) {
        Some(ACCESS_DENIED) => ServiceError::NeedsAdministrator(format!("testkeep-server service {verb}")),
        Some(MARKED_FOR_REMOVAL) => ServiceError::Unfit(
            "Windows is still removing a service of this name. Close the window of Services and the task manager, \
             then try again."
                .into(),
        ),
        _ => ServiceError::Command { command: format!("service {verb} of Windows"), said: said(error) },
    }
}

pub(super) fn said(error: &Error) -> String {
    match error {
        Error::Winapi(error) => error.to_string(),
        other => other.to_string(),
    }
}
