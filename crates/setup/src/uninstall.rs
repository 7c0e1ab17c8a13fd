//! Removal: stops the server, removes its service, programs and logs, and keeps data unless told otherwise.
//!
//! Changes only a folder with our marker, and only its entries that are ours. Must never follow a link out of it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use testkeep_domain::Layout;
use testkeep_domain::progress::{Event, Outcome, PlannedStep, StepState};
use testkeep_local::control::read_config;
use testkeep_local::marker::{self, Marker, State};
use testkeep_local::{place, process, service};

use crate::apps_and_features;
use crate::install::Events;

const STEPS: [(&str, &str); 4] = [
    ("stop_server", "Stop server"),
    ("remove_service", "Remove service"),
    ("remove_programs", "Remove programs and logs"),
    ("remove_data", "Remove data"),
];

/// Removes an installation. After a kill, a second run continues.
pub async fn uninstall(destination: &Path, delete_data: bool, events: Events<'_>) -> Outcome {
    let layout = Layout::new(destination.components().collect::<PathBuf>());
    let Some(mark) = marker::read(&layout) else {
        return Outcome::Refused { message: not_ours(destination) };
    };
    // If another account can swap folders for links, root would remove that account's chosen files.
    if let Err(distrust) = place::judge_installation(&layout) {
        return Outcome::Refused { message: distrust.message };
    }
    let plan = |(name, title): (&str, &str)| PlannedStep { name: name.into(), title: title.into() };
    events(Event::Plan { steps: STEPS.map(plan).into() });
    match remove(&layout, &mark, delete_data, events).await {
        Ok(kept) => Outcome::Uninstalled { destination: layout.destination().display().to_string(), kept },
        Err(message) => Outcome::Failed { message },
    }
}

fn not_ours(destination: &Path) -> String {
    let place = destination.display();
    if destination.exists() {
        format!("{place} contains no Testkeep installation, so nothing in it was changed. Check the path.")
    } else {
        format!("{place} does not exist. There is nothing to remove.")
    }
}

async fn remove(
    layout: &Layout,
    mark: &Marker,
    delete_data: bool,
    events: Events<'_>,
) -> Result<Vec<String>, String> {
    let uploads = read_config(layout).ok().and_then(|config| config.upload_location);
    let began = Instant::now();
    let report = |number: usize, state: StepState, message: Option<String>| {
        let (name, _) = STEPS.get(number).copied().unwrap_or_default();
        let done = number + usize::from(state != StepState::Running);
        let percent = u8::try_from(done * 100 / STEPS.len()).unwrap_or(100);
        let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        events(Event::Step { name: name.into(), state, percent, elapsed_ms, message });
    };
    report(0, StepState::Running, None);
    let was_running = stop(layout).await?;
    report(0, if was_running { StepState::Done } else { StepState::Skipped }, None);
    report(1, StepState::Running, None);
    let was_service = remove_service(layout).await?;
    report(1, if was_service { StepState::Done } else { StepState::Skipped }, None);
    report(2, StepState::Running, None);
    remove_programs(layout, mark)?;
    apps_and_features::remove(layout)?;
    report(2, StepState::Done, None);
    if !delete_data {
        report(3, StepState::Skipped, Some("Data is kept".into()));
        return Ok(kept(layout, uploads.as_deref()));
    }
    report(3, StepState::Running, None);
    let left = remove_data(layout)?;
    report(3, StepState::Done, None);
    let left = uploads.filter(|path| path.is_dir()).into_iter().chain(left);
    Ok(left.map(|path| path.display().to_string()).collect())
}

async fn stop(layout: &Layout) -> Result<bool, String> {
    if process::nothing_runs(layout) {
        return Ok(false);
    }
    service::stop_server(layout).await.map_err(|error| error.to_string())
}

/// A service without its program would fail at every boot.
async fn remove_service(layout: &Layout) -> Result<bool, String> {
    if service::find(layout).is_none() {
        return Ok(false);
    }
    service::uninstall(layout).await.map(|_| true).map_err(|error| error.to_string())
}

/// Configuration and key stay with the data: without them the data could not be read again.
fn remove_programs(layout: &Layout, mark: &Marker) -> Result<(), String> {
    remove_running_program(&layout.server_program());
    for folder in [layout.bin(), layout.logs()] {
        remove_folder(&folder)?;
    }
    for file in [layout.control_token(), layout.metrics_token(), layout.conf().join(marker::LOCK)] {
        gone(std::fs::remove_file(&file)).map_err(failed(&file))?;
    }
    let mut mark = mark.clone();
    mark.state = State::Uninstalled;
    marker::write(layout, &mark).map_err(failed(&layout.installation_file()))
}

/// Windows does not delete a running program, and this may be one; but it can be moved.
fn remove_running_program(program: &Path) {
    if cfg!(windows) && program.exists() && std::fs::remove_file(program).is_err() {
        let aside = std::env::temp_dir().join(format!("testkeep-removed-{}.exe", std::process::id()));
        let _ = std::fs::rename(program, aside);
    }
}

/// Returns the destination if it stays: the account may not remove an empty folder inside another account's folder.
fn remove_data(layout: &Layout) -> Result<Option<PathBuf>, String> {
    for folder in [layout.data(), layout.licenses(), layout.backups()] {
        remove_folder(&folder)?;
    }
    // The marker goes last: a killed removal must be able to continue.
    for file in [layout.config_file(), layout.secret_key(), layout.installation_file()] {
        gone(std::fs::remove_file(&file)).map_err(failed(&file))?;
    }
    remove_folder(&layout.conf())?;
    // The folder stays if it contains files of other programs.
    match std::fs::remove_dir(layout.destination()) {
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(None),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            Ok(Some(layout.destination().to_owned()))
        }
        result => gone(result).map(|()| None).map_err(failed(layout.destination())),
    }
}

/// A link itself is removed, never its target.
fn remove_folder(path: &Path) -> Result<(), String> {
    let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_symlink());
    let result = if is_link { std::fs::remove_file(path) } else { std::fs::remove_dir_all(path) };
    gone(result).map_err(failed(path))
}

fn gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> String {
    let path = path.display().to_string();
    move |error| format!("{path} could not be removed: {error}. Correct that and uninstall again.")
}

fn kept(layout: &Layout, uploads: Option<&Path>) -> Vec<String> {
    let own = [layout.conf(), layout.data(), layout.licenses(), layout.backups()];
    let all = own.iter().map(PathBuf::as_path).chain(uploads);
    all.filter(|path| path.is_dir()).map(|path| path.display().to_string()).collect()
}
