//! Reads the server's log file while the server is down.
//!
//! Owns nothing: positions mean what they mean on the control port (bytes of the file), so that a page follows one
//! log whoever reads it. Must never read more than the end of a large file.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::control::LogLines;

const LINES_AT_FIRST: usize = 200;
const LINES_MAX: usize = 1000;
const READ_MAX_BYTES: u64 = 512 * 1024;

/// The lines from position `after` on, or the last 200.
///
/// # Errors
/// The file cannot be read. One that does not exist is empty.
pub(crate) fn read(file: &Path, after: Option<u64>) -> std::io::Result<LogLines> {
    let mut opened = match std::fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(LogLines::default()),
        Err(error) => return Err(error),
    };
    let length = opened.metadata()?.len();
    let start = match after {
        Some(after) if after <= length => after,
        // Shorter than the position: it was rotated.
        Some(_) => 0,
        None => length.saturating_sub(READ_MAX_BYTES),
    };
    opened.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    opened.take(READ_MAX_BYTES).read_to_end(&mut bytes)?;
    // The last line may be half written: it is left for the next time.
    let whole = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let mut lines: Vec<&[u8]> = match after {
        Some(_) => whole.take(LINES_MAX).collect(),
        None => whole.collect(),
    };
    let read: usize = lines.iter().map(|line| line.len()).sum();
    if after.is_none() {
        lines.drain(..lines.len().saturating_sub(LINES_AT_FIRST));
    }
    let next = start + u64::try_from(read).unwrap_or(0);
    Ok(LogLines { lines: lines.into_iter().map(crate::program::text).collect(), next })
}

/// The last lines, for saying why a server ended; empty when there are none.
pub(crate) fn last_words(file: &Path, count: usize) -> String {
    let lines = read(file, None).unwrap_or_default().lines;
    lines[lines.len().saturating_sub(count)..].join("\n")
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
        assert_eq!((first.lines.as_slice(), first.next), (["one", "two"].map(String::from).as_slice(), 8));
        std::fs::write(&file, "one\ntwo\nhalf\n").unwrap();
        let second = read(&file, Some(first.next)).unwrap();
        assert_eq!(second.lines, ["half"]);
        std::fs::write(&file, "new\n").unwrap();
        assert_eq!(read(&file, Some(second.next)).unwrap().lines, ["new"]);
        assert_eq!(read(&file, Some(u64::MAX)).unwrap().lines, ["new"]);
        assert_eq!(last_words(&file, 3), "new");
    }

    #[test]
    fn reads_only_the_end_of_a_large_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("testkeep.log");
        std::fs::write(&file, "line of some length\n".repeat(100_000)).unwrap();
        let end = read(&file, None).unwrap();
        assert_eq!((end.lines.len(), end.next), (LINES_AT_FIRST, 2_000_000));
        let start = read(&file, Some(0)).unwrap();
        assert_eq!((start.lines.len(), start.next), (LINES_MAX, 20_000));
    }
}
