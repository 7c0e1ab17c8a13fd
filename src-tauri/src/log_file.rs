//! Reads the server's log file while the server is down.
//!
//! Owns the position in it: `next` counts down from −1 (`next = -1 - bytes read`), so that a position of the file
//! is never taken for one of the control port. Must never read more than the end of a large file.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::control::LogLines;

const LINES_AT_FIRST: usize = 200;
const LINES_MAX: usize = 1000;
const READ_MAX_BYTES: u64 = 512 * 1024;

/// The lines after position `after`, or the last 200 when it is none of this file.
///
/// # Errors
/// The file cannot be read. One that does not exist is empty.
pub(crate) fn read(file: &Path, after: Option<i64>) -> std::io::Result<LogLines> {
    let mut opened = match std::fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(LogLines { lines: Vec::new(), next: -1 });
        }
        Err(error) => return Err(error),
    };
    let length = opened.metadata()?.len();
    // A file shorter than the position was rotated: start anew.
    let known = after.and_then(position).filter(|position| *position <= length);
    let start = known.unwrap_or(0).max(length.saturating_sub(READ_MAX_BYTES));
    opened.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    opened.take(READ_MAX_BYTES).read_to_end(&mut bytes)?;
    // The last line may be half written: it is left for the next time.
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let text = String::from_utf8_lossy(&bytes[..whole]);
    let lines: Vec<&str> = text.lines().collect();
    let kept = if known.is_some() { LINES_MAX } else { LINES_AT_FIRST };
    let next = start + u64::try_from(whole).unwrap_or(0);
    Ok(LogLines {
        lines: lines[lines.len().saturating_sub(kept)..].iter().map(|line| (*line).to_owned()).collect(),
        next: -1 - i64::try_from(next).unwrap_or(0),
    })
}

/// The last lines, for saying why a server ended; empty when there are none.
pub(crate) fn last_words(file: &Path, count: usize) -> String {
    let lines = read(file, None).unwrap_or_default().lines;
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn position(next: i64) -> Option<u64> {
    u64::try_from(next.checked_neg()?.checked_sub(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_a_growing_and_a_rotated_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("testkeep.log");
        assert!(read(&file, None).unwrap().lines.is_empty());
        std::fs::write(&file, "one\ntwo\nhal").unwrap();
        let first = read(&file, None).unwrap();
        assert_eq!(first.lines, ["one", "two"]);
        std::fs::write(&file, "one\ntwo\nhalf\n").unwrap();
        let second = read(&file, Some(first.next)).unwrap();
        assert_eq!(second.lines, ["half"]);
        std::fs::write(&file, "new\n").unwrap();
        assert_eq!(read(&file, Some(second.next)).unwrap().lines, ["new"]);
        assert_eq!(last_words(&file, 3), "new");
    }

    #[test]
    fn positions_of_the_control_port_start_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("testkeep.log");
        std::fs::write(&file, "one\ntwo\n").unwrap();
        for after in [0, 7, i64::MAX, i64::MIN] {
            assert_eq!(read(&file, Some(after)).unwrap().lines, ["one", "two"], "{after}");
        }
    }

    #[test]
    fn reads_only_the_end_of_a_large_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("testkeep.log");
        std::fs::write(&file, "line of some length\n".repeat(100_000)).unwrap();
        let read = read(&file, None).unwrap();
        assert_eq!(read.lines.len(), LINES_AT_FIRST);
        assert_eq!(read.next, -1 - 2_000_000);
    }
}
