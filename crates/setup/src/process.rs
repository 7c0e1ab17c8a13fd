//! Starting programs.

use std::path::{Path, PathBuf};

/// Where a running program is moved so that a new one can take its name.
pub(crate) fn moved_away(program: &Path) -> PathBuf {
    let mut name = program.file_name().unwrap_or_default().to_owned();
    name.push(".previous");
    program.with_file_name(name)
}
