//! Stores which installation this window manages: `installations.json` in the program's own configuration folder.
//!
//! Owns that file. Must never trust it: each destination is read again, and dropped when it is no longer ours.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager};
use testkeep_local::files;
use testkeep_local::installation::{Installation, InstallationError};

use crate::error::CommandError;

const LIST_MAX_BYTES: u64 = 256 * 1024;

#[derive(Default, Serialize, Deserialize)]
struct InstallationsFile {
    /// The last entry is the installation in use.
    installations: Vec<PathBuf>,
}

fn file(app: &AppHandle) -> Result<PathBuf, CommandError> {
    Ok(app.path().app_config_dir()?.join("installations.json"))
}

/// The installation in use; `None` when there is none or its folder is gone.
///
/// # Errors
/// The installation is there, but cannot be read or is damaged.
pub(crate) fn current(app: &AppHandle) -> Result<Option<Installation>, CommandError> {
    newest(&load(&file(app)?))
}

/// As [`current`], for commands that need an installation.
pub(crate) fn required(app: &AppHandle) -> Result<Installation, CommandError> {
    current(app)?.ok_or(CommandError::NotInstalled)
}

/// Makes `destination` the installation in use.
///
/// # Errors
/// The folder contains no readable installation, or the list cannot be written.
pub(crate) fn remember(app: &AppHandle, destination: &Path) -> Result<Installation, CommandError> {
    let installation = Installation::read(destination)?;
    let file = file(app)?;
    let mut list = load(&file);
    list.installations.retain(|known| known != destination);
    list.installations.push(destination.to_owned());
    save(&file, &list)?;
    Ok(installation)
}

/// # Errors
/// The list cannot be written.
pub(crate) fn forget(app: &AppHandle, destination: &Path) -> Result<(), CommandError> {
    let file = file(app)?;
    let mut list = load(&file);
    list.installations.retain(|known| known != destination);
    save(&file, &list)
}

fn newest(list: &InstallationsFile) -> Result<Option<Installation>, CommandError> {
    for destination in list.installations.iter().rev() {
        match Installation::read(destination) {
            Ok(installation) => return Ok(Some(installation)),
            Err(
                InstallationError::Missing(_)
                | InstallationError::Foreign(_)
                | InstallationError::Incomplete(_),
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// A damaged list counts as empty: `remember_installation` can restore everything it contains.
fn load(file: &Path) -> InstallationsFile {
    files::read_text(file, LIST_MAX_BYTES)
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn save(file: &Path, list: &InstallationsFile) -> Result<(), CommandError> {
    let failed = |source| CommandError::File { path: file.to_owned(), action: "written", source };
    let text = serde_json::to_string_pretty(list).map_err(|error| failed(error.into()))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // Written to a second file and renamed: after a crash the old list or the new one is there.
    let fresh = file.with_extension("json.new");
    std::fs::write(&fresh, text).and_then(|()| std::fs::rename(&fresh, file)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gone_installation_is_skipped_and_a_damaged_list_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deeper").join("installations.json");
        save(&file, &InstallationsFile { installations: vec![folder.path().join("gone")] }).unwrap();
        let list = load(&file);
        assert_eq!(list.installations.len(), 1);
        assert!(newest(&list).unwrap().is_none());
        std::fs::write(&file, "{\"installations\": 5").unwrap();
        assert!(load(&file).installations.is_empty());
    }
}
