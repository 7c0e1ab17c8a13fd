//! `start`, `stop` and `setup-link`: the functions of the manager's buttons, for scripts.

use std::path::Path;
use std::process::ExitCode;

use testkeep_domain::Layout;
use testkeep_setup::control::Control;
use testkeep_setup::process;

use super::run::RunArguments;
use super::{Failure, print, root, say};
use crate::app::read_config;

pub(super) async fn start(file: &RunArguments) -> Result<ExitCode, Failure> {
    let (config, layout) = read_config(&file.config.config)?;
    let words: &[&str] = if file.allow_root { &["--allow-root"] } else { &[] };
    if let Some(warning) = root::judge(&config, file.allow_root)? {
        say(&format!("testkeep-server: {warning}"));
    }
    let started = process::start(&layout, words).await.map_err(|error| Failure::Failed(error.to_string()))?;
    let status = started.status();
    print(&format!("Running at {} (process {}).\n", status.server_url, status.pid))
}

pub(super) async fn stop(config: &Path) -> Result<ExitCode, Failure> {
    let layout = layout(config)?;
    let was_running = process::stop(&layout).await.map_err(|error| Failure::Failed(error.to_string()))?;
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
