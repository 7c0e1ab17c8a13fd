//! What a server wrote before it ended, for the message about a failed start.

use std::path::{Path, PathBuf};

use testkeep_domain::Layout;

/// Output of a server before its log is open.
pub(super) fn console_log(layout: &Layout) -> PathBuf {
    layout.logs().join("console.log")
}

/// The last lines of the console file, where a failed start writes the reason; if it is empty, of the log.
pub(crate) fn quoted_log(layout: &Layout) -> String {
    const LINES: usize = 8;
    for file in [console_log(layout), layout.log_file()] {
        let text = last_text(&file).unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if !lines.is_empty() {
            let last = lines[lines.len().saturating_sub(LINES)..].join("\n  ");
            return format!(" The last lines of {}:\n  {last}", file.display());
        }
    }
    format!(" There is nothing in {}.", layout.logs().display())
}

/// What a failed start wrote before its log was open; empty when there was nothing.
#[cfg(windows)]
pub(crate) fn console_lines(layout: &Layout) -> Vec<String> {
    let text = last_text(&console_log(layout)).unwrap_or_default();
    text.lines().filter(|line| !line.trim().is_empty()).map(ToOwned::to_owned).collect()
}

fn last_text(path: &Path) -> std::io::Result<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(8 * 1024)))?;
    let mut bytes = Vec::new();
    file.take(8 * 1024).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
