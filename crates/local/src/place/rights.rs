//! Checks whether a file can be restricted to its owner: some file systems accept a mode and ignore it.

use std::fs::File;
use std::io;
use std::path::Path;

/// Checks a file that was created for its owner alone, by reading back the rights that the file system stored.
///
/// # Errors
/// Other accounts may read it, or it belongs to another account; the error has a message.
#[cfg(unix)]
pub fn require_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata()?;
    let me = rustix::process::geteuid().as_raw();
    let open_to_others = metadata.mode() & 0o077;
    if open_to_others == 0 && metadata.uid() == me {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "the file system does not keep files to their owner: one made with mode 0600 by user {me} has mode {:04o} and \
         belongs to user {}",
        metadata.mode() & 0o7777,
        metadata.uid()
    )))
}

/// On Windows the folder's access list decides.
#[cfg(not(unix))]
pub fn require_private(_: &File) -> io::Result<()> {
    Ok(())
}

/// Creates and removes an empty file in `folder`, to find out whether files can be written there and whether their
/// rights are kept.
///
/// # Errors
/// The outer error: nothing can be written. The inner error: the file system ignores rights.
pub fn keeps_rights(folder: &Path) -> io::Result<io::Result<()>> {
    crate::files::probe(folder, require_private)
}
