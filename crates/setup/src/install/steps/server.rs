//! License, default account, start, finish: steps that the installed server program does.

use chrono::SecondsFormat;
use testkeep_domain::answers::ServiceMode;
use testkeep_domain::{Layout, Secret};
use tokio::process::Command;

use super::at;
use crate::control::Control;
use crate::install::child;
use crate::install::journal::Undo;
use crate::install::run::{Done, Run, StepError};
use crate::marker::{self, Marker, State};
use crate::process::{self, Started};

pub(super) async fn install_license(run: &mut Run<'_>) -> Result<Done, StepError> {
    let Some(license) = &run.answers.license_file else {
        return Ok(Done::skipped("None was given; the Activate page takes one"));
    };
    let mut command = installed_program(&run.layout, &["activate"]);
    command.arg("--license").arg(license);
    Ok(Done::with(succeed(command, None).await?))
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
    run.answers.service.as_ref().map(|service| service.mode) != Some(ServiceMode::None)
}

pub(super) async fn start(run: &mut Run<'_>) -> Result<Done, StepError> {
    if !is_started(run) {
        return Ok(Done::skipped("Start it with testkeep-server start"));
    }
    if process::running_servers(&run.layout).is_empty() {
        run.journal.note(Undo::StopServer(run.layout.clone()));
    }
    match process::start(&run.layout, &[]).await {
        Ok(Started::AlreadyRunning(_)) => Ok(Done::skipped("It runs already")),
        Ok(Started::Now(status, _)) => Ok(Done::with(format!("Running as process {}", status.pid))),
        Err(error) => Err(StepError::Failed(error.to_string())),
    }
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
    let _ = std::fs::remove_file(process::moved_away(&run.layout.server_program()));
    let _ = std::fs::remove_file(run.layout.conf().join(marker::LOCK));
    Ok(Done::Done(None))
}
