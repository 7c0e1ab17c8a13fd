//! Services of systemd: a system unit with an account of its own, or a person's own unit that lingers after log-off.
//!
//! Owns the unit file, the account, and the owners of the installation's folders. Must never run the server as root.

mod account;
mod command;
mod fitness;
mod registered;
mod show;
mod unit;

use std::path::{Path, PathBuf};

use testkeep_domain::Layout;

use super::status::last_log_lines;
use super::{Installed, Registered, ServiceError, ServiceLevel, ServiceState, ServiceStatus, name, shown};
use crate::control::read_config;
use crate::files::{self, Access};
use crate::place::{self, Account};
use crate::process::{self, ProcessError};
use command::{run, systemctl};
pub(super) use fitness::{obstacle, offered};
use registered::UnitFile;
use unit::Unit;

pub(super) fn find(layout: &Layout) -> Option<Registered> {
    registered::find(layout)
}

pub(super) async fn install(layout: &Layout, level: ServiceLevel) -> Result<Installed, ServiceError> {
    match level {
        ServiceLevel::System => install_system(layout).await,
        ServiceLevel::User => install_user(layout).await,
    }
}

async fn install_system(layout: &Layout) -> Result<Installed, ServiceError> {
    let earlier = registered::find_system(layout);
    let name = earlier.as_ref().map_or_else(|| name::of(layout.destination()), name_of);
    let account = earlier.as_ref().and_then(|unit| unit.account.clone()).unwrap_or_else(|| name.clone());
    let account = account::ensure(&account, layout.destination()).await?;
    let folders = writable_folders(layout);
    place::give(&folders, &account).map_err(|error| file_error(layout.destination(), &error))?;
    // A package's own unit stays as it is.
    let path =
        earlier.map_or_else(|| unit_path(Path::new(registered::SYSTEM_FOLDER), &name), |unit| unit.path);
    if path.starts_with(registered::SYSTEM_FOLDER) {
        write(&path, &unit_of(layout, folders, Some(account.name.clone()), false).await?)?;
    }
    let registered = Registered { level: ServiceLevel::System, name, account: Some(account.name) };
    register(&registered).await?;
    Ok(Installed { registered, notes: Vec::new() })
}

async fn install_user(layout: &Layout) -> Result<Installed, ServiceError> {
    let folder = registered::user_folder().ok_or(ServiceError::NoManager)?;
    let earlier = registered::find_user(layout);
    let name = earlier.as_ref().map_or_else(|| name::of(layout.destination()), name_of);
    let (lingers, notes) = linger(earlier.as_ref()).await;
    let path = unit_path(&folder, &name);
    std::fs::create_dir_all(&folder).map_err(|error| file_error(&folder, &error))?;
    write(&path, &unit_of(layout, writable_folders(layout), None, lingers).await?)?;
    let registered = Registered { level: ServiceLevel::User, name, account: place::account_name() };
    register(&registered).await?;
    Ok(Installed { registered, notes })
}

/// Lets the person's services run without a log-in, from boot on.
async fn linger(earlier: Option<&UnitFile>) -> (bool, Vec<String>) {
    let account = place::account_name().unwrap_or_default();
    if Path::new("/var/lib/systemd/linger").join(&account).exists() {
        return (earlier.is_some_and(|unit| unit.made_lingering), Vec::new());
    }
    match run("loginctl", &["--no-ask-password", "enable-linger", &account]).await {
        Ok(_) => (true, Vec::new()),
        Err(refused) => {
            let note = format!(
                "Lingering was refused, so the server stops when {account} logs off and does not start at boot. An \
                 administrator can allow it: sudo loginctl enable-linger {account} ({refused})"
            );
            (false, vec![note])
        }
    }
}

fn name_of(unit: &UnitFile) -> String {
    unit.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn unit_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.service"))
}

/// The folders that the server writes to.
fn writable_folders(layout: &Layout) -> Vec<PathBuf> {
    let uploads = read_config(layout).ok().and_then(|config| config.upload_location);
    own_folders(layout).into_iter().chain(uploads).collect()
}

fn own_folders(layout: &Layout) -> [PathBuf; 5] {
    [layout.conf(), layout.data(), layout.licenses(), layout.logs(), layout.backups()]
}

async fn unit_of(
    layout: &Layout,
    writable: Vec<PathBuf>,
    account: Option<String>,
    made_lingering: bool,
) -> Result<String, ServiceError> {
    let config = read_config(layout).map_err(ProcessError::from)?;
    Ok(unit::text(&Unit {
        destination: layout.destination().to_owned(),
        program: layout.server_program(),
        config_file: layout.config_file(),
        lowest_port: config.http_port.get().min(config.control_port.get()),
        writable,
        account,
        version: command::version().await,
        made_lingering,
    }))
}

/// For packages, which know neither a configuration nor the version of systemd when they are made.
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such text")]
pub(super) fn registration_text(layout: &Layout, account: &str) -> Result<String, ServiceError> {
    Ok(unit::text(&Unit {
        destination: layout.destination().to_owned(),
        program: layout.server_program(),
        config_file: layout.config_file(),
        lowest_port: u16::MAX,
        writable: own_folders(layout).into(),
        account: Some(account.to_owned()),
        version: 0,
        made_lingering: false,
    }))
}

#[expect(clippy::unused_async, reason = "Windows waits for its program")]
pub(super) async fn open_firewall(_: &Layout) -> Result<(), ServiceError> {
    Err(ServiceError::Unfit(
        "Testkeep changes the firewall only on Windows. Open the port with the firewall of this system, for example: \
         firewall-cmd --permanent --add-port=8080/tcp"
            .into(),
    ))
}

fn write(path: &Path, text: &str) -> Result<(), ServiceError> {
    files::write_atomic(path, text.as_bytes(), Access::Everyone).map_err(|error| file_error(path, &error))
}

fn file_error(path: &Path, error: &std::io::Error) -> ServiceError {
    ServiceError::File { path: shown(path), reason: error.to_string() }
}

async fn register(registered: &Registered) -> Result<(), ServiceError> {
    systemctl(registered.level, &["daemon-reload"]).await?;
    enable(registered, true).await
}

pub(super) async fn set_enabled(
    _: &Layout,
    registered: &Registered,
    is_enabled: bool,
) -> Result<(), ServiceError> {
    enable(registered, is_enabled).await
}

async fn enable(registered: &Registered, is_enabled: bool) -> Result<(), ServiceError> {
    let word = if is_enabled { "enable" } else { "disable" };
    rights_for(registered, word)?;
    systemctl(registered.level, &[word, "--quiet", &unit_name(registered)]).await.map(drop)
}

fn unit_name(registered: &Registered) -> String {
    format!("{}.service", registered.name)
}

/// Refuses what root alone may do, before anything is tried.
fn rights_for(registered: &Registered, verb: &str) -> Result<(), ServiceError> {
    if registered.level == ServiceLevel::System && !place::is_root() {
        return Err(ServiceError::NeedsRoot(format!("testkeep-server service {verb}")));
    }
    Ok(())
}

pub(super) async fn uninstall(layout: &Layout, registered: &Registered) -> Result<(), ServiceError> {
    rights_for(registered, "uninstall")?;
    let unit = match registered.level {
        ServiceLevel::System => registered::find_system(layout),
        ServiceLevel::User => registered::find_user(layout),
    };
    let Some(unit) = unit else { return Ok(()) };
    let name = unit_name(registered);
    stop(layout, registered).await?;
    systemctl(registered.level, &["disable", "--quiet", &name]).await?;
    let is_packaged =
        registered.level == ServiceLevel::System && !unit.path.starts_with(registered::SYSTEM_FOLDER);
    if is_packaged {
        // The package removes its unit and its account itself.
        return Ok(());
    }
    std::fs::remove_file(&unit.path).map_err(|error| file_error(&unit.path, &error))?;
    let settings = unit.path.with_extension("service.d");
    let _none = std::fs::remove_dir_all(&settings);
    systemctl(registered.level, &["daemon-reload"]).await?;
    let _never_failed = systemctl(registered.level, &["reset-failed", &name]).await;
    clean_up(layout, registered, unit.made_lingering).await
}

/// Gives the folders back to root, and removes what registering made.
async fn clean_up(
    layout: &Layout,
    registered: &Registered,
    made_lingering: bool,
) -> Result<(), ServiceError> {
    match registered.level {
        ServiceLevel::System => {
            place::give(&writable_folders(layout), &Account::root())
                .map_err(|error| file_error(layout.destination(), &error))?;
            account::remove(registered.account.as_deref().unwrap_or_default()).await
        }
        ServiceLevel::User if made_lingering => {
            let account = place::account_name().unwrap_or_default();
            run("loginctl", &["--no-ask-password", "disable-linger", &account]).await.map(drop)
        }
        ServiceLevel::User => Ok(()),
    }
}

pub(super) async fn start(layout: &Layout, registered: &Registered) -> Result<(), ServiceError> {
    begin(layout, registered, "start").await
}

pub(super) async fn restart(layout: &Layout, registered: &Registered) -> Result<(), ServiceError> {
    begin(layout, registered, "restart").await
}

/// Returns when the server has told systemd that it is ready.
async fn begin(layout: &Layout, registered: &Registered, verb: &str) -> Result<(), ServiceError> {
    rights_for(registered, verb)?;
    let name = unit_name(registered);
    // A service that failed too often is not started before this.
    let _never_failed = systemctl(registered.level, &["reset-failed", &name]).await;
    let Err(error) = systemctl(registered.level, &[verb, &name]).await else { return Ok(()) };
    let status = status(layout, registered).await?;
    Err(ServiceError::NotStarted {
        name: registered.name.clone(),
        reason: status.reason.unwrap_or_else(|| error.to_string()),
        log: process::quoted_log(layout),
    })
}

pub(super) async fn stop(_: &Layout, registered: &Registered) -> Result<(), ServiceError> {
    rights_for(registered, "stop")?;
    systemctl(registered.level, &["stop", &unit_name(registered)]).await.map(drop)
}

pub(super) async fn status(layout: &Layout, registered: &Registered) -> Result<ServiceStatus, ServiceError> {
    let mut status = show::show(registered).await?;
    if status.state == ServiceState::Failed {
        status.last_log_lines = last_log_lines(layout);
    }
    Ok(status)
}
