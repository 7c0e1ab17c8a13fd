//! Passes a license file to the shared Activate page, and a dropped or pasted one to the install engine.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tauri::{AppHandle, Manager};
use testkeep_domain::license::MAX_BYTES;
use testkeep_domain::user_file::{self, UserFileError, UserFileProblem};

use crate::error::CommandError;

#[tauri::command]
pub(crate) async fn read_license(path: PathBuf) -> Result<String, CommandError> {
    read(&path)
}

/// Stores a dropped or pasted license as a file, because the install engine reads a file. Returns its path.
#[tauri::command]
pub(crate) async fn keep_license(app: AppHandle, content: String) -> Result<PathBuf, CommandError> {
    keep(&app.path().app_cache_dir()?, &content)
}

fn keep(folder: &Path, content: &str) -> Result<PathBuf, CommandError> {
    let bytes = STANDARD.decode(content).unwrap_or_default();
    if bytes.is_empty() || bytes.len() > MAX_BYTES {
        let message = format!("A license has 1 to {MAX_BYTES} bytes; this is none.");
        return Err(CommandError::Invalid(message));
    }
    let path = folder.join("given.lic");
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes));
    written.map_err(|source| CommandError::File { path: path.clone(), action: "written", source })?;
    Ok(path)
}

fn read(path: &Path) -> Result<String, CommandError> {
    match user_file::read(path, MAX_BYTES) {
        Ok(bytes) => Ok(STANDARD.encode(bytes)),
        Err(UserFileError { path, problem: UserFileProblem::Io(source) }) => {
            Err(CommandError::File { path, action: "read", source })
        }
        Err(error) => Err(CommandError::Invalid(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_license_becomes_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = keep(&folder.path().join("cache"), "AP8H").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [0, 255, 7]);
        assert_eq!(keep(&folder.path().join("cache"), "AA==").unwrap(), path, "the newest replaces it");
        assert_eq!(std::fs::read(path).unwrap(), [0]);
        for wrong in ["", "not base64!", &STANDARD.encode(vec![0; MAX_BYTES + 1])] {
            assert!(matches!(keep(folder.path(), wrong), Err(CommandError::Invalid(_))));
        }
    }

    #[test]
    fn small_files_are_handed_over_and_large_ones_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("license.lic");
        std::fs::write(&file, [0, 255, 7]).unwrap();
        assert_eq!(read(&file).unwrap(), "AP8H");
        std::fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
        assert!(matches!(read(&file), Err(CommandError::Invalid(_))));
        assert!(matches!(read(folder.path()), Err(CommandError::Invalid(_))));
        assert!(matches!(read(&folder.path().join("none")), Err(CommandError::File { .. })));
    }
}
