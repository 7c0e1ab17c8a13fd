//! Hands a license file to the shared Activate page.

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::CommandError;

/// The server takes no larger one either.
const LICENSE_MAX_BYTES: u64 = 256 * 1024;

#[tauri::command]
pub(crate) async fn read_license(path: PathBuf) -> Result<String, CommandError> {
    read(&path)
}

fn read(path: &Path) -> Result<String, CommandError> {
    let failed = |source| CommandError::File { path: path.to_owned(), action: "read", source };
    // Opening a pipe or a device could wait forever.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(CommandError::Invalid(format!(
            "{} is not a file. Choose the license file.",
            path.display()
        )));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LICENSE_MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LICENSE_MAX_BYTES {
        return Err(CommandError::Invalid(format!(
            "{} is larger than 256 KiB and so not a license file. Choose the file your vendor sent.",
            path.display()
        )));
    }
    Ok(STANDARD.encode(bytes))
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
