//! Registers the server with the system's service manager, as the answers ask, or removes a registration that they do
//! not want any more.
//!
//! The folders go to the service's account here, after root has filled them; from then on commands that open the data
//! run as that account.

use testkeep_domain::answers::ServiceMode;
use testkeep_local::service::{self, ServiceError, ServiceLevel};

use crate::install::journal::Undo;
use crate::install::run::{Done, Run, StepError};

/// The mode that the answers ask for; an existing service stays when they ask for nothing.
pub(super) fn mode(run: &Run<'_>) -> ServiceMode {
    let registered = service::find(&run.layout).map(|registered| registered.level.into());
    let asked = run.answers.service.as_ref().map(|service| service.mode);
    asked.or(registered).unwrap_or_default()
}

/// `None`: the server is no service.
pub(crate) fn level_of(mode: ServiceMode) -> Option<ServiceLevel> {
    match mode {
        ServiceMode::Service => Some(ServiceLevel::System),
        ServiceMode::UserService => Some(ServiceLevel::User),
        ServiceMode::Background | ServiceMode::None => None,
    }
}

pub(super) async fn register(run: &mut Run<'_>) -> Result<Done, StepError> {
    let wanted = level_of(mode(run));
    let found = service::find(&run.layout).map(|registered| registered.level);
    if found != wanted {
        // Undo starts it again, the way it ran.
        run.stop_running_server().await?;
    }
    if let Some(level) = found.filter(|level| Some(*level) != wanted) {
        run.journal.note(Undo::RegisterService(run.layout.clone(), level));
        service::uninstall(&run.layout).await.map_err(|error| failed(&error))?;
    }
    let Some(level) = wanted else {
        return Ok(Done::skipped(if found.is_some() { "The service was removed" } else { "Not asked for" }));
    };
    if found != Some(level) {
        run.journal.note(Undo::RemoveService(run.layout.clone()));
    }
    let installed = service::install(&run.layout, level).await.map_err(|error| failed(&error))?;
    for note in &installed.notes {
        run.log(note);
    }
    let name = installed.registered.name;
    Ok(Done::with(match installed.registered.account {
        Some(account) => format!("{name}, runs as {account}"),
        None => name,
    }))
}

fn failed(error: &ServiceError) -> StepError {
    StepError::Failed(error.to_string())
}
