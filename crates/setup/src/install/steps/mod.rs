//! The actions of the steps. Every step first checks whether its work is done, notes how to undo it, and only then
//! acts.

mod configuration;
mod database;
mod files;
mod server;
pub(super) mod service;

use super::plan::Step;
use super::run::{Done, Run, StepError};

pub(super) async fn perform(step: Step, run: &mut Run<'_>) -> Result<Done, StepError> {
    match step {
        Step::CreateFolders => files::create_folders(run),
        Step::CopyPrograms => files::copy_programs(run).await,
        Step::WriteSecrets => files::write_secrets(run).await,
        Step::WriteConfiguration => configuration::write_configuration(run).await,
        Step::PrepareDatabase => database::prepare(run).await,
        Step::InstallLicense => server::install_license(run).await,
        Step::CreateAccount => server::create_account(run).await,
        Step::RegisterService => service::register(run).await,
        Step::StartServer => server::start(run).await,
        Step::Finish => server::finish(run).await,
    }
}

/// Adds the path to an error of the file system.
fn at(path: &std::path::Path) -> impl Fn(std::io::Error) -> StepError {
    let path = path.display().to_string();
    move |error| StepError::Failed(format!("{path}: {error}."))
}
