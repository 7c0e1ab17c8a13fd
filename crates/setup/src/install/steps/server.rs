//! License, default account, start, finish: steps that the installed server program does.

use std::path::{Path, PathBuf};

use chrono::SecondsFormat;
use testkeep_domain::answers::ServiceMode;
use testkeep_domain::{Layout, Secret};
use testkeep_local::control::Control;
use testkeep_local::files::{self, Access};
use testkeep_local::marker::{self, Marker, State};
use testkeep_local::process::{self, Started};
use testkeep_local::{place, service};
use tokio::process::Command;

use super::at;
use super::service::mode;
use crate::apps_and_features;
use crate::install::child;
use crate::install::journal::Undo;
use crate::install::run::{Done, Run, StepError};

pub(super) async fn install_license(run: &mut Run<'_>) -> Result<Done, StepError> {
    let Some(license) = &run.answers.license_file else {
        return Ok(Done::skipped("None was given; the Activate page takes one"));
    };
    let (license, is_copy) = readable_for_the_account(&run.layout, license)?;
    let mut command = installed_program(&run.layout, &["activate"]);
    command.arg("--license").arg(&license);
    let activated = succeed(command, None).await;
    if is_copy {
        let _ = std::fs::remove_file(&license);
    }
    Ok(Done::with(activated?))
}

/// The account of a service may not be allowed to read the file that root was given; then it gets a copy.
fn readable_for_the_account(layout: &Layout, license: &Path) -> Result<(PathBuf, bool), StepError> {
    if place::service_account(layout).is_none() {
        return Ok((license.to_owned(), false));
    }
    let copy = layout.licenses().join(".given");
    files::copy_atomic(license, &copy, Access::Owner).map_err(at(&copy))?;
    Ok((copy, true))
}

pub(super) async fn create_account(run: &mut Run<'_>) -> Result<Done, StepError> {
    let Some(account) = &run.answers.default_account else {
        return Ok(Done::skipped("None was given; the first person creates it in the browser"));
    };
    let mut command = installed_program(&run.layout, &["account", "create-default", "--if-missing"]);
    command.args(["--email", &account.email, "--first-name", &account.first_name]);
    command.args(["--last-name", &account.last_name, "--password-stdin"]);
    Ok(Done::with(succeed(command, Some(&account.password)).await?))
}

fn installed_program(layout: &Layout, words: &[&str]) -> Command {
    let mut command = child::command(&layout.server_program(), words);
    command.arg("--config").arg(layout.config_file());
    #[cfg(unix)]
    if let Some(account) = place::service_account(layout) {
        command.uid(account.user).gid(account.group);
    }
    command
}

async fn succeed(command: Command, input: Option<&Secret>) -> Result<String, StepError> {
    let ended = child::run(command, input).await.map_err(StepError::Failed)?;
    if ended.code == Some(0) {
        return Ok(ended.stdout.trim().to_owned());
    }
    let complaint = ended.complaint();
    Err(StepError::Failed(complaint.trim_start_matches("testkeep-server: ").to_owned()))
}

fn is_started(run: &Run<'_>) -> bool {
    run.options.starts && mode(run) != ServiceMode::None
}

pub(super) async fn start(run: &mut Run<'_>) -> Result<Done, StepError> {
    if !is_started(run) {
        return Ok(Done::skipped("Start it with testkeep-server start"));
    }
    if process::nothing_runs(&run.layout) {
        run.journal.note(Undo::StopServer(run.layout.clone()));
    }
    if service::find(&run.layout).is_some() {
        return start_service(run).await;
    }
    match process::start(&run.layout, &[]).await {
        Ok(Started::AlreadyRunning(_)) => Ok(Done::skipped("It runs already")),
        Ok(Started::Now(status, _)) => Ok(Done::with(format!("Running as process {}", status.pid))),
        Err(error) => Err(StepError::Failed(error.to_string())),
    }
}

/// Returns when the server has told the service manager that it is ready.
async fn start_service(run: &Run<'_>) -> Result<Done, StepError> {
    let failed = |error: &dyn std::fmt::Display| StepError::Failed(error.to_string());
    service::start(&run.layout).await.map_err(|error| failed(&error))?;
    let running = process::running(&run.layout).await.map_err(|error| failed(&error))?;
    Ok(Done::Done(running.map(|status| format!("Running as process {}", status.pid))))
}

pub(super) async fn finish(run: &mut Run<'_>) -> Result<Done, StepError> {
    if is_started(run) {
        let link = async { Control::of(&run.layout)?.setup_link().await };
        run.next_url = Some(link.await.map_err(|error| StepError::Failed(error.to_string()))?);
    }
    let earlier = run.accepted.marker.as_ref().filter(|marker| marker.version == run.options.version);
    let now = run.options.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut mark = Marker::new(State::Installed, &run.options.version);
    mark.installed_at = earlier.and_then(|marker| marker.installed_at.clone()).or(Some(now));
    let path = run.layout.installation_file();
    marker::write(&run.layout, &mark).map_err(at(&path))?;
    // From here on nothing is undone.
    if let Err(missing) = apps_and_features::write(&run.layout, &run.options.version) {
        run.log(missing);
    }
    let _ = std::fs::remove_file(process::moved_away(&run.layout.server_program()));
    let _ = std::fs::remove_file(run.layout.conf().join(marker::LOCK));
    Ok(Done::Done(None))
}
