//! Whether a file can be kept to its owner: some file systems take a mode and ignore it.

use std::fs::File;
use std::io;
use std::path::Path;

/// Whether a file that was made for its owner alone is that. Reads back what the file system really keeps.
///
/// # Errors
/// Others may read it, or it belongs to somebody else; in words.
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

/// The folder's access list decides there.
#[cfg(not(unix))]
pub fn require_private(_: &File) -> io::Result<()> {
    Ok(())
}

/// Creates and removes an empty file in `folder`: whether one can be written there, and whether its rights hold.
///
/// # Errors
/// The outer one: nothing can be written. The inner one: the file system ignores rights.
pub fn keeps_rights(folder: &Path) -> io::Result<io::Result<()>> {
    crate::files::probe(folder, require_private)
}
