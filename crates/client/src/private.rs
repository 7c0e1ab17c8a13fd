//! Folders that only their owner can read.

use std::fs;
use std::io;
use std::path::Path;

/// Makes the folder and its parents, unless they exist.
pub fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
