//! `run`: the server in the foreground, until a signal or the control port stops it.

use std::io::ErrorKind;
use std::process::ExitCode;
use std::time::Duration;

use testkeep_domain::config::{DatabaseConfig, ServerConfig};
use testkeep_domain::{Clock, Layout};
use testkeep_local::place::mounts::Mount;
use testkeep_local::{control, http, place};
use testkeep_store::postgres::wait_until_there;
use testkeep_store::sqlite;

use super::{ConfigFile, Failure, licensing, root};
use crate::app::read_config;
use crate::keys::trust;
use crate::ops::authorized::Authorized;
use crate::ops::installation::key_mark;
use crate::ops::installation::running::record_stop;
use crate::serve::{Listeners, raise_open_files, serve};
use crate::service_manager::{self, Starter};
use crate::{App, VERSION, log};

/// Maximum wait for a database that is still starting. The server's start takes longer by the same time.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time limit for the examination of the embedded database's files before they are used.
const EXAMINE: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub(super) struct RunArguments {
    #[command(flatten)]
    pub(super) config: ConfigFile,
    /// Run even as root. An attacker who breaks into the server then controls this machine.
    #[arg(long)]
    pub(super) allow_root: bool,
    /// The service control manager starts the server so, with the name of the service.
    #[cfg(windows)]
    #[arg(long, hide = true, value_name = "NAME")]
    pub(super) as_service: Option<String>,
}

pub(super) async fn run(arguments: &RunArguments) -> Result<ExitCode, Failure> {
    #[cfg(windows)]
    if let Some(name) = &arguments.as_service {
        return super::service::by_windows(name);
    }
    let signaled = listen_for_signals().map_err(|error| Failure::Failed(error.to_string()))?;
    run_until(arguments, signaled, Starter::Anybody).await
}

/// Runs the server until `stop_asked` completes or the control port stops it.
pub(super) async fn run_until(
    arguments: &RunArguments,
    stop_asked: impl Future<Output = ()>,
    starter: Starter,
) -> Result<ExitCode, Failure> {
    let config_file = &arguments.config.config;
    let (config, layout) = read_config(config_file)?;
    let warnings = judge_place(&config, &layout, arguments.allow_root)?;
    let _log = log::start(&config.log, &layout.log_file())
        .map_err(|error| Failure::Failed(format!("Cannot write {}: {error}", layout.log_file().display())))?;
    tracing::info!(version = VERSION, config = %config_file.display(), "starting");
    let open_files = raise_open_files();
    tracing::debug!(open_files, "limit of open files");
    if trust::IS_DEMO {
        tracing::warn!("this is a demo build: it trusts the published demo key");
    }
    for warning in warnings.into_iter().chain(config.warnings()) {
        tracing::warn!("{warning}");
    }
    match start(config, layout, stop_asked, starter).await {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(failure) => {
            tracing::error!("{failure}");
            Err(failure)
        }
    }
}

async fn start(
    config: ServerConfig,
    layout: Layout,
    stop_asked: impl Future<Output = ()>,
    starter: Starter,
) -> Result<(), Failure> {
    let mut stop_asked = std::pin::pin!(stop_asked);
    let (app, listeners) = tokio::select! {
        opened = open(config, layout) => opened?,
        () = &mut stop_asked => {
            tracing::info!("stopped during the start");
            return Ok(());
        }
    };
    tokio::spawn(service_manager::report(starter, http::own_address(&app.config)));
    let until = stop_signal(app.clone(), stop_asked);
    serve(app, listeners, until).await;
    Ok(())
}

async fn open(config: ServerConfig, layout: Layout) -> Result<(App, Listeners), Failure> {
    let listeners = Listeners::bind(&config).map_err(|error| Failure::Failed(error.to_string()))?;
    wait_for_database(&config).await?;
    if matches!(config.database, DatabaseConfig::BuiltIn) {
        let examined = sqlite::examine(&layout.database_file(), EXAMINE).await;
        examined.map_err(|problem| Failure::Failed(problem.to_string()))?;
    }
    renew_control_key(&layout)?;
    let app = App::open(config, layout, Clock::system(), licensing()?).await?;
    match key_mark::compare(&app).await {
        Ok(None) => {}
        Ok(Some(warning)) => tracing::error!("{warning}"),
        Err(error) => {
            tracing::warn!(%error, "conf/secret.key was not compared with the database's mark of it");
        }
    }
    tracing::info!(
        url = %app.config.server_url, http_port = %app.config.http_port, control_port = %app.config.control_port,
        database = app.db.version().await.map_err(crate::Error::from)?, "ready"
    );
    Ok((app, listeners))
}

/// A database server that was started at the same time may not be ready yet.
async fn wait_for_database(config: &ServerConfig) -> Result<(), Failure> {
    let DatabaseConfig::Postgresql(postgres) = &config.database else { return Ok(()) };
    let found = wait_until_there(postgres, PATIENCE, |problem| {
        let seconds = PATIENCE.as_secs();
        tracing::warn!("waiting up to {seconds} seconds for the database: {}", problem.message);
    });
    found.await.map_err(|error| Failure::Failed(format!("Cannot open the database: {error}")))
}

/// Checks the account and the folder of this run, before anything is written or listened on.
fn judge_place(config: &ServerConfig, layout: &Layout, allow_root: bool) -> Result<Vec<String>, Failure> {
    let mut warnings: Vec<String> = root::judge(config, allow_root)?.map(Into::into).into_iter().collect();
    root::trust(layout)?;
    let secrets = place::judge_secrets(layout);
    if let Some(refused) = secrets.refused.into_iter().next() {
        return Err(Failure::Refused(refused));
    }
    warnings.extend(secrets.warnings);
    warnings.extend(judge_disk(config, layout)?);
    Ok(warnings)
}

/// An existing database on a network folder is served, so that it can be moved away; a new one is refused.
fn judge_disk(config: &ServerConfig, layout: &Layout) -> Result<Option<String>, Failure> {
    if !matches!(config.database, DatabaseConfig::BuiltIn) {
        return Ok(None);
    }
    let Some(mount) = place::mounts::of(&layout.data()).filter(Mount::is_remote) else { return Ok(None) };
    let place = format!("{} is a network folder ({})", layout.data().display(), mount.kind);
    if layout.database_file().exists() {
        return Ok(Some(format!(
            "{place}: the built-in database can be damaged there at any time. Stop the server and move the installation \
             to a local disk, or use PostgreSQL."
        )));
    }
    Err(Failure::Refused(format!(
        "{place}: the built-in database could be damaged there. Use a local disk, or PostgreSQL."
    )))
}

/// Each run has its own secret, written before its control port answers. Called only after the ports are bound, because
/// a second start must not replace the secret of a running server.
fn renew_control_key(layout: &Layout) -> Result<(), Failure> {
    let Err(error) = control::renew_key(layout) else { return Ok(()) };
    let file = layout.control_token();
    let may_keep_the_old_one = matches!(
        error.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::PermissionDenied
    );
    if may_keep_the_old_one && file.is_file() {
        tracing::warn!(file = %file.display(), %error, "the control port keeps its old secret: no new one can be written");
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "Cannot write {}: {error}. The account of the server must be able to write there.",
        file.display()
    )))
}

/// Completes after Ctrl-C or a service manager's signal, and records the stop in the audit log.
async fn stop_signal(app: App, stop_asked: impl Future<Output = ()>) {
    stop_asked.await;
    record_stop(&app, Authorized::at_the_console(), "signal").await;
}

/// Listens for signals from now on, not only when awaited, because a signal during the start must not kill the program
/// in the middle of a step.
#[cfg(unix)]
fn listen_for_signals() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// The same for Windows.
#[cfg(not(unix))]
fn listen_for_signals() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
