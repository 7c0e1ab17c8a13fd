//! `supervise`: runs the server and starts it again after a crash; `start` runs this in the background.

use std::process::ExitCode;

use super::Failure;
use super::run::RunArguments;

#[cfg(unix)]
pub(super) async fn supervise(arguments: &RunArguments) -> Result<ExitCode, Failure> {
    let (_, layout) = crate::app::read_config(&arguments.config.config)?;
    super::root::trust(&layout)?;
    let words: &[&str] = if arguments.allow_root { &["--allow-root"] } else { &[] };
    let ended = testkeep_local::process::supervise(&layout, words).await;
    ended.map(ExitCode::from).map_err(|error| {
        Failure::Failed(format!("{} cannot be run: {error}", layout.server_program().display()))
    })
}

#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "the other system waits for the server")]
pub(super) async fn supervise(_: &RunArguments) -> Result<ExitCode, Failure> {
    Err(Failure::Refused("On this system the service manager starts a server again after a crash.".into()))
}
