//! `run`: the server in the foreground, until a signal or the control port stops it.

use std::path::Path;
use std::process::ExitCode;

use testkeep_domain::Clock;

use super::{Failure, licensing};
use crate::app::read_config;
use crate::serve::{Listeners, serve};
use crate::{App, VERSION, log, trust};

pub(super) async fn run(config_file: &Path) -> Result<ExitCode, Failure> {
    let (config, layout) = read_config(config_file)?;
    let _log = log::start(&config.log, &layout.log_file())
        .map_err(|error| Failure::Failed(format!("Cannot write {}: {error}", layout.log_file().display())))?;
    tracing::info!(version = VERSION, config = %config_file.display(), "starting");
    if trust::IS_DEMO {
        tracing::warn!("this is a demo build: it trusts the published demo key");
    }
    match start(config, layout).await {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(failure) => {
            tracing::error!("{failure}");
            Err(failure)
        }
    }
}

async fn start(
    config: testkeep_domain::config::ServerConfig,
    layout: testkeep_domain::Layout,
) -> Result<(), Failure> {
    let listeners = Listeners::bind(&config).await.map_err(|error| Failure::Failed(error.to_string()))?;
    let app = App::open(config, layout, Clock::system(), licensing()?).await?;
    tracing::info!(
        url = %app.config.server_url, http_port = %app.config.http_port, control_port = %app.config.control_port,
        database = app.db.version().await.map_err(crate::Error::from)?, "ready"
    );
    serve(app, listeners, stop_signal()).await;
    Ok(())
}

/// Ctrl-C, or the word of a service manager.
async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
