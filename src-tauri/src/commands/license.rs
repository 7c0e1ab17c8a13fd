//! Passes a license file to the shared Activate page.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use testkeep_domain::license::MAX_BYTES;
use testkeep_domain::user_file::{self, UserFileError, UserFileProblem};

use crate::error::CommandError;

#[tauri::command]
pub(crate) async fn read_license(path: PathBuf) -> Result<String, CommandError> {
    read(&path)
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
