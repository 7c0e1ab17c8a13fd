//! `start`, `stop` and `setup-link`: the functions of the manager's buttons, for scripts.

use std::path::Path;
use std::process::ExitCode;

use testkeep_domain::Layout;
use testkeep_local::control::{Control, ControlError, ControlStatus};
use testkeep_local::{process, service};

use super::run::RunArguments;
use super::{Failure, print, root, say};
use crate::app::read_config;

pub(super) async fn start(file: &RunArguments) -> Result<ExitCode, Failure> {
    if let Some(layout) = service_of(&file.config.config) {
        service::start(&layout).await?;
        return print(&running(process::running(&layout).await));
    }
    let (config, layout) = read_config(&file.config.config)?;
    let words: &[&str] = if file.allow_root { &["--allow-root"] } else { &[] };
    if let Some(warning) = root::judge(&config, file.allow_root)? {
        say(&format!("testkeep-server: {warning}"));
    }
    let started = process::start(&layout, words).await.map_err(|error| Failure::Failed(error.to_string()))?;
    let status = started.status();
    print(&format!("Running at {} (process {}).\n", status.server_url, status.pid))
}

/// The installation, when it is a service: then it is started and stopped as one. Its configuration may be closed to
/// this account.
fn service_of(config: &Path) -> Option<Layout> {
    let layout = Layout::from_config_file(&std::path::absolute(config).ok()?)?;
    service::find(&layout).map(|_| layout)
}

fn running(found: Result<Option<ControlStatus>, ControlError>) -> String {
    match found {
        Ok(Some(status)) => format!("Running at {} (process {}).\n", status.server_url, status.pid),
        _ => "Running as a service.\n".into(),
    }
}

pub(super) async fn stop(config: &Path) -> Result<ExitCode, Failure> {
    let layout = service_of(config).map_or_else(|| layout(config), Ok)?;
    let was_running = service::stop_server(&layout).await?;
    print(if was_running { "Stopped.\n" } else { "It was not running.\n" })
}

pub(super) async fn print_setup_link(config: &Path) -> Result<ExitCode, Failure> {
    let layout = layout(config)?;
    let control = Control::of(&layout).map_err(|error| Failure::Failed(error.to_string()))?;
    let url = control.setup_link().await.map_err(|error| Failure::Failed(error.to_string()))?;
    print(&format!("{url}\n"))
}

fn layout(config: &Path) -> Result<Layout, Failure> {
    Ok(read_config(config)?.1)
}
