//! Folders, programs and keys.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use testkeep_domain::Layout;
use testkeep_local::files::{self, Access};
use testkeep_local::marker::{self, Marker, State};
use testkeep_local::place;
use testkeep_local::process::moved_away;

use super::at;
use crate::install::journal::Undo;
use crate::install::run::{Done, Run, StepError};

pub(super) fn create_folders(run: &mut Run<'_>) -> Result<Done, StepError> {
    let layout = run.layout.clone();
    let destination = layout.destination();
    create_above(run, &layout.conf())?;
    let had_conf = layout.conf().is_dir();
    if !had_conf {
        run.journal.note(Undo::RemoveEmptyFolder(layout.conf()));
        create_dir(&layout.conf())?;
    }
    // Checked again, now that the folders exist: another account may have changed them after the first check.
    still_trusted(&layout)?;
    // Locked before undo entries are noted: this run must not undo what another run makes here.
    run.lock = Some(lock(run)?);
    note_entries(run, destination, (!had_conf).then_some("conf"))?;
    // The marker is written before everything else: a run that is killed from here on is recognized as ours.
    let mark = layout.installation_file();
    run.journal.note_file(&mark, Access::Everyone).map_err(at(&mark))?;
    let earlier = run.accepted.marker.as_ref();
    let version = earlier.map_or(run.options.version.as_str(), |marker| marker.version.as_str());
    marker::write(&layout, &Marker::new(State::Installing, version)).map_err(at(&mark))?;
    // If an embedded database already exists, nothing in its folder may be removed: its journal is part of it.
    let data = Some(layout.data()).filter(|_| !layout.database_file().exists());
    for folder in data.into_iter().chain([layout.licenses()]).filter(|folder| folder.is_dir()) {
        note_entries(run, &folder, None)?;
    }
    for folder in [layout.bin(), layout.data(), layout.licenses(), layout.logs(), layout.backups()] {
        create_dir(&folder)?;
    }
    only_for_the_owner(&layout.data())?;
    still_trusted(&layout)?;
    #[cfg(windows)]
    close_folders(&layout)?;
    if let Some(uploads) = run.answers.upload_location.clone() {
        create_above(run, &uploads)?;
        if !uploads.is_dir() {
            run.journal.note(Undo::RemoveFolder(uploads.clone()));
            create_dir(&uploads)?;
            only_for_the_owner(&uploads)?;
        }
    } else {
        create_dir(&layout.uploads())?;
    }
    Ok(Done::with(destination.display().to_string()))
}

fn still_trusted(layout: &Layout) -> Result<(), StepError> {
    place::judge_installation(layout).map_err(|distrust| StepError::Failed(distrust.message))
}

/// Undo keeps the present entries of `folder`, except `own`, which this run has just made, and removes all later ones.
fn note_entries(run: &mut Run<'_>, folder: &Path, own: Option<&str>) -> Result<(), StepError> {
    run.journal.note_entries_of(folder, own).map_err(at(folder))
}

/// Creates the folders above `path`, outermost first.
fn create_above(run: &mut Run<'_>, path: &Path) -> Result<(), StepError> {
    let missing: Vec<PathBuf> =
        path.ancestors().skip(1).take_while(|folder| !folder.is_dir()).map(Path::to_owned).collect();
    for folder in missing.into_iter().rev() {
        run.journal.note(Undo::RemoveEmptyFolder(folder.clone()));
        create_dir(&folder)?;
    }
    Ok(())
}

fn create_dir(path: &Path) -> Result<(), StepError> {
    std::fs::create_dir_all(path).map_err(at(path))
}

#[cfg(unix)]
fn only_for_the_owner(path: &Path) -> Result<(), StepError> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).map_err(at(path))
}

/// Closes the folders to other accounts. On Windows every account of the machine may write to a folder below a disk's
/// root, and files inherit the rights of their folder; on other systems each file has its own. Others may read the
/// marker and run the programs.
#[cfg(windows)]
fn close_folders(layout: &Layout) -> Result<(), StepError> {
    grant(layout.destination(), Some("*S-1-5-32-545:(OI)(NP)RX"))?;
    grant(&layout.bin(), Some("*S-1-5-32-545:(OI)(CI)RX"))?;
    [layout.conf(), layout.licenses(), layout.logs(), layout.backups()]
        .iter()
        .try_for_each(|folder| only_for_the_owner(folder))
}

#[cfg(windows)]
fn only_for_the_owner(path: &Path) -> Result<(), StepError> {
    grant(path, None)
}

/// Full rights for the system, the administrators and the owner of each entry; also for `others`. Accounts are named by
/// their SIDs, because their names are translated.
#[cfg(windows)]
fn grant(path: &Path, others: Option<&str>) -> Result<(), StepError> {
    const OWNERS: [&str; 3] = ["*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F", "*S-1-3-4:(OI)(CI)F"];
    // By its whole path: a program of this name elsewhere must not get an administrator's rights.
    let program = testkeep_local::service::system_folder().join("icacls.exe");
    let mut command = std::process::Command::new(program);
    command.arg(path).args(["/inheritance:r", "/grant:r"]).args(OWNERS).args(others);
    let ended = command.stdin(std::process::Stdio::null()).output().map_err(at(path))?;
    if ended.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    Err(StepError::Failed(format!("{} could not be closed to others: {}", path.display(), said.trim())))
}

/// Locks the folder: two installers in one folder would undo each other's work.
fn lock(run: &mut Run<'_>) -> Result<File, StepError> {
    let path = run.layout.conf().join(marker::LOCK);
    let file = File::create(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => {
            run.journal.note(Undo::RemoveFile(path));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(StepError::Failed(
            "Another installation is working in this folder. Wait until it has finished.".into(),
        )),
        Err(TryLockError::Error(error)) => Err(at(&path)(error)),
    }
}

pub(super) async fn copy_programs(run: &mut Run<'_>) -> Result<Done, StepError> {
    let (source, target) = (run.options.program.clone(), run.layout.server_program());
    if files::same_content(&source, &target) {
        return Ok(Done::skipped("Already in place"));
    }
    run.stop_running_server().await?;
    if target.exists() {
        let previous = moved_away(&target);
        run.journal.note(Undo::MoveBack { from: previous.clone(), to: target.clone() });
        files::copy_atomic(&target, &previous, Access::Program).map_err(at(&previous))?;
    } else {
        run.journal.note(Undo::RemoveFile(target.clone()));
    }
    let copied = tokio::task::spawn_blocking({
        let target = target.clone();
        move || files::copy_atomic(&source, &target, Access::Program)
    });
    copied.await.map_err(|error| StepError::Failed(error.to_string()))?.map_err(at(&target))?;
    Ok(Done::with(target.display().to_string()))
}

pub(super) async fn write_secrets(run: &mut Run<'_>) -> Result<Done, StepError> {
    let mut written = 0;
    for path in [run.layout.secret_key(), run.layout.control_token(), run.layout.metrics_token()] {
        if files::read_text(&path, 4096).is_ok_and(|text| !text.trim().is_empty()) {
            continue;
        }
        // The server has read the old keys and would continue with them.
        run.stop_running_server().await?;
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret)
            .map_err(|error| StepError::Failed(format!("No randomness: {error}.")))?;
        run.journal.note_file(&path, Access::Owner).map_err(at(&path))?;
        files::write_atomic(&path, format!("{}\n", hex::encode(secret)).as_bytes(), Access::Owner)
            .map_err(at(&path))?;
        written += 1;
    }
    Ok(if written == 0 { Done::skipped("Already there") } else { Done::Done(None) })
}
