//! Registers an installation with Windows and takes that back: service, rights to folders, event log, firewall.

use std::time::Duration;

use testkeep_domain::Layout;

use super::commands::{self, CommandLine};
use super::plan::ServicePlan;
use super::run::{run, system};
use super::{life, registry, scm};
use crate::control::read_config;
use crate::process::ProcessError;
use crate::service::{Installed, Registered, ServiceError, ServiceLevel, name};

/// Windows removes a service when the last program has closed it.
const REMOVED_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);

pub(in crate::service) async fn install(layout: &Layout, _: ServiceLevel) -> Result<Installed, ServiceError> {
    let plan = plan_for(layout)?;
    scm::register(&plan).map_err(scm::refused("install"))?;
    // The account exists from here on.
    for grant in plan.grants.iter().filter(|grant| grant.folder.is_dir()) {
        run(&commands::allow(&system(), grant, &plan.account)).await?;
    }
    let mut notes = scm::complete(&plan).map_err(scm::refused("install"))?;
    if let Err(error) = registry::set_environment(&plan.name, &plan.environment) {
        notes.push(format!("The environment of the service was not written: {error}"));
    }
    if let Err(error) = registry::register_source(&plan.event_source) {
        notes.push(format!("The source of the event log was not registered: {error}"));
    }
    let registered = Registered { level: ServiceLevel::System, name: plan.name, account: Some(plan.account) };
    Ok(Installed { registered, notes })
}

fn plan_for(layout: &Layout) -> Result<ServicePlan, ServiceError> {
    let config = read_config(layout).map_err(ProcessError::from)?;
    let name = registry::find(layout).map_or_else(|| name::of(layout.destination()), |found| found.name);
    Ok(ServicePlan::of(layout, &name, config.upload_location))
}

/// As [`plan_for`], for an installation whose configuration is lost.
fn plan_to_remove(layout: &Layout, registered: &Registered) -> ServicePlan {
    let uploads = read_config(layout).ok().and_then(|config| config.upload_location);
    ServicePlan::of(layout, &registered.name, uploads)
}

pub(in crate::service) async fn uninstall(
    layout: &Layout,
    registered: &Registered,
) -> Result<(), ServiceError> {
    let plan = plan_to_remove(layout, registered);
    life::stop(layout, registered).await?;
    // Before the service is deleted: Windows finds its account by name only until then. A right that stays is the right of
    // an account that no longer exists.
    for grant in plan.grants.iter().filter(|grant| grant.folder.is_dir()) {
        let _stays = run(&commands::take_back(&system(), grant, &plan.account)).await;
    }
    scm::delete(&plan.name).map_err(scm::refused("uninstall"))?;
    let _never_opened = run(&commands::close_firewall(&system(), &plan.name)).await;
    registry::remove_source(&plan.event_source).map_err(|error| ServiceError::File {
        path: format!("HKEY_LOCAL_MACHINE\\{}", plan.event_source.key),
        reason: error.to_string(),
    })?;
    gone(&plan.name).await
}

async fn gone(name: &str) -> Result<(), ServiceError> {
    let mut waited = Duration::ZERO;
    while scm::exists(name) {
        if waited > REMOVED_WITHIN {
            return Err(ServiceError::Unfit(format!(
                "Windows removes the service {name} when the last program has closed it. Close the window of Services \
                 and the task manager."
            )));
        }
        tokio::time::sleep(POLL).await;
        waited += POLL;
    }
    Ok(())
}

pub(in crate::service) async fn set_enabled(
    layout: &Layout,
    registered: &Registered,
    is_enabled: bool,
) -> Result<(), ServiceError> {
    let verb = if is_enabled { "enable" } else { "disable" };
    let plan = plan_to_remove(layout, registered);
    scm::set_enabled(&plan, is_enabled).map_err(scm::refused(verb))
}

pub(in crate::service) async fn open_firewall(layout: &Layout) -> Result<(), ServiceError> {
    let plan = plan_for(layout)?;
    // A second rule of the same name would stand beside the first.
    let _none: Result<(), ServiceError> = run(&commands::close_firewall(&system(), &plan.name)).await;
    let line: CommandLine = commands::open_firewall(&system(), &plan.name, &plan.program);
    run(&line).await
}

pub(in crate::service) fn registration_text(_: &Layout, _: &str) -> Result<String, ServiceError> {
    Err(ServiceError::Unfit("Windows keeps services in its registry, so there is no file to print.".into()))
}
