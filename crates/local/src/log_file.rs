//! Reads the server's log file while the server is down.
//!
//! Positions are bytes of the file, as on the control port, so that a page can switch between the two within one log.
//! Must never read more than the end of a large file.

use std::path::Path;

use testkeep_domain::log_tail::{LogLines, read_log_lines};

/// # Errors
/// The file cannot be read. A missing file counts as empty.
pub fn read(file: &Path, after: Option<u64>) -> std::io::Result<LogLines> {
    match std::fs::File::open(file) {
        Ok(log) => read_log_lines(log, after),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(LogLines::default()),
        Err(error) => Err(error),
    }
}

/// The last lines since the last start, which explain why a server ended; empty when there are none.
pub fn last_words(file: &Path, count: usize) -> String {
    let lines = read(file, None).unwrap_or_default().lines;
    let start = lines.iter().rposition(|line| is_start(line)).unwrap_or(0);
    lines[start.max(lines.len().saturating_sub(count))..].join("\n")
}

/// Whether this is the server's first line of a start, for example `2026-01-02T03:04:05.678901Z  INFO starting version=…`.
fn is_start(line: &str) -> bool {
    line.split_whitespace().nth(2) == Some("starting")
}

#[cfg(test)]
mod tests {
    use testkeep_domain::log_tail::{LAST_LINES, MOST_LINES};

    use super::*;

    #[test]
    fn follows_a_growing_and_a_rotated_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("testkeep.log");
        assert!(read(&file, None).unwrap().lines.is_empty());
        std::fs::write(&file, "one\ntwo\nhal").unwrap();
        let first = read(&file, None).unwrap();
        assert_eq!((first.lines.as_slice(), first.next), (["one", "two"].map(String::from).as_slice(), 8));
        std::fs::write(&file, "one\ntwo\nhalf\n").unwrap();
        let second = read(&file, Some(first.next)).unwrap();
        assert_eq!(second.lines, ["half"]);
        std::fs::write(&file, "new\n").unwrap();
        assert_eq!(read(&file, Some(second.next)).unwrap().lines, ["new"]);
        assert_eq!(read(&file, Some(u64::MAX)).unwrap().lines, ["new"]);
        assert_eq!(last_words(&file, 3), "new");
        std::fs::write(&file, "z  INFO stopped\nz  INFO starting version=1\nz ERROR no\n").unwrap();
        assert_eq!(last_words(&file, 3), "z  INFO starting version=1\nz ERROR no", "not the run before");
    }

    #[test]
    fn reads_only_the_end_of_a_large_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("testkeep.log");
        std::fs::write(&file, "line of some length\n".repeat(100_000)).unwrap();
        let end = read(&file, None).unwrap();
        assert_eq!((end.lines.len(), end.next), (LAST_LINES, 2_000_000));
        let start = read(&file, Some(0)).unwrap();
        assert_eq!((start.lines.len(), start.next), (MOST_LINES, 20_000));
    }
}
