//! Reads a log in parts: whole lines from a position on, and the position of the next part.
//!
//! The server uses this for the control port, the manager for the log of a stopped server. A position (a byte offset in
//! the file) has the same meaning in both. Must never read more than the end of a large log.

use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

/// The number of lines if no position is given.
pub const LAST_LINES: usize = 200;
/// The maximum number of lines in one answer.
pub const MOST_LINES: usize = 1000;
/// The maximum number of bytes read for one answer.
const MOST_BYTES: u64 = 512 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLines {
    pub lines: Vec<String>,
    /// The value of `after` for the next part.
    pub next: u64,
}

/// Returns whole lines from byte `after` on; `None`: the last [`LAST_LINES`] lines. An unfinished last line is left for
/// the next call. If the log is shorter than `after`, it was rotated, and reading starts again.
///
/// # Errors
/// The source cannot be read.
pub fn read_log_lines(mut log: impl Read + Seek, after: Option<u64>) -> io::Result<LogLines> {
    let length = log.seek(SeekFrom::End(0))?;
    let start = match after {
        Some(after) if after <= length => after,
        Some(_) => 0,
        None => length.saturating_sub(MOST_BYTES),
    };
    log.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    log.take(MOST_BYTES).read_to_end(&mut bytes)?;
    let most = if after.is_some() { MOST_LINES } else { usize::MAX };
    let whole = bytes.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let mut lines: Vec<&[u8]> = whole.take(most).collect();
    let next = start + lines.iter().map(|line| line.len() as u64).sum::<u64>();
    if after.is_none() {
        // The first line may be incomplete at its beginning.
        let skip = lines.len().saturating_sub(LAST_LINES).max(usize::from(start > 0));
        lines.drain(..skip.min(lines.len()));
    }
    let text = |line: &[u8]| String::from_utf8_lossy(line).trim_end().to_owned();
    Ok(LogLines { lines: lines.into_iter().map(text).collect(), next })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(log: &str, after: Option<u64>) -> (Vec<String>, u64) {
        let LogLines { lines, next } = read_log_lines(Cursor::new(log), after).unwrap();
        (lines, next)
    }

    #[test]
    fn follows_whole_lines_and_starts_over_after_rotation() {
        assert_eq!(read("", None), (Vec::new(), 0));
        assert_eq!(read("one\ntwo\nhal", None), (vec!["one".into(), "two".into()], 8), "a half line waits");
        assert_eq!(read("one\ntwo\nhalf\n", Some(8)), (vec!["half".into()], 13));
        assert_eq!(read("new\n", Some(13)), (vec!["new".into()], 4), "rotated");
        assert_eq!(read("new\n", Some(u64::MAX)).0, ["new"]);
    }

    #[test]
    fn one_answer_is_bounded() {
        let (lines, next) = read(&"x\n".repeat(1500), None);
        assert_eq!((lines.len(), next), (LAST_LINES, 3000));
        let (lines, next) = read(&"x\n".repeat(1500), Some(0));
        assert_eq!((lines.len(), next), (MOST_LINES, 2000));
        let large = "line of some length\n".repeat(100_000);
        assert_eq!(read(&large, None).1, 2_000_000);
        assert_eq!(read(&large, Some(0)).1, 20_000);
        // With long lines, only the last half mebibyte is read.
        let lines = |count: usize, bytes: usize| format!("{}\n", "x".repeat(bytes - 1)).repeat(count);
        assert_eq!(read(&lines(600, 1024), Some(0)).1, 512 * 1024);
        assert_eq!(read(&lines(3, 300_000), Some(0)).1, 300_000);
        let (whole, next) = read(&lines(3, 300_000), None);
        assert_eq!((whole.len(), next), (1, 900_000), "the one before it lost its beginning");
    }

    #[test]
    fn at_the_end_there_is_nothing_yet() {
        assert_eq!(read("one\n", Some(4)), (Vec::new(), 4));
        assert_eq!(read("one\ntwo\n", Some(4)), (vec!["two".into()], 8));
        assert_eq!(read("\r\n\n", Some(0)), (vec![String::new(), String::new()], 3));
    }
}
