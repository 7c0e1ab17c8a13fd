//! Logs: readable lines on the console, the same in `logs/testkeep.log`, rotated by size so that they stay bounded.
//!
//! Must never hold a secret: passwords and tokens are types that print as `***`.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom};
use std::path::Path;

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use testkeep_domain::config::LogConfig;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging for the rest of the process. Keep the guard: dropping it writes what is buffered.
pub fn start(config: &LogConfig, file: &Path) -> io::Result<WorkerGuard> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let (writer, guard) = tracing_appender::non_blocking(rotated(config, file));
    let filter = EnvFilter::try_new(&config.level).map_err(io::Error::other)?;
    let started = tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_writer(writer).with_ansi(false).with_target(false))
        .with(fmt::layer().with_writer(io::stdout).with_ansi(io::stdout().is_terminal()).with_target(false))
        .try_init();
    started.map_err(io::Error::other)?;
    Ok(guard)
}

fn rotated(config: &LogConfig, file: &Path) -> FileRotate<AppendCount> {
    let bytes = usize::try_from(config.file_size_mib.clamp(1, 1024) * 1024 * 1024).unwrap_or(usize::MAX);
    let suffix = AppendCount::new(config.files_kept.min(1000));
    FileRotate::new(file, suffix, ContentLimit::BytesSurpassed(bytes), Compression::None, None)
}

/// Lines shown when nobody says where to start.
const LAST_LINES: usize = 200;
/// Lines in one answer.
const MOST_LINES: usize = 1000;
/// Bytes looked at in one answer.
const MOST_BYTES: u64 = 512 * 1024;

/// Whole lines from byte `after` on, and the byte to go on from. A file that was rotated starts over.
pub fn read_lines(file: &Path, after: Option<u64>) -> io::Result<(Vec<String>, u64)> {
    let mut file = match File::open(file) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    let start = match after {
        Some(after) if after <= length => after,
        Some(_) => 0,
        None => length.saturating_sub(MOST_BYTES),
    };
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut next = start;
    let mut lines = Vec::new();
    for line in bytes.get(..whole).unwrap_or_default().split_inclusive(|byte| *byte == b'\n') {
        if after.is_some() && lines.len() == MOST_LINES {
            break;
        }
        next += line.len() as u64;
        lines.push(String::from_utf8_lossy(line).trim_end().to_owned());
    }
    if after.is_none() {
        // The first line may have lost its beginning.
        let skip = lines.len().saturating_sub(LAST_LINES).max(usize::from(start > 0));
        lines.drain(..skip.min(lines.len()));
    }
    Ok((lines, next))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_reader_follows_whole_lines_and_starts_over_after_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("testkeep.log");
        assert_eq!(read_lines(&file, None).unwrap(), (Vec::new(), 0), "no log yet");
        std::fs::write(&file, "one\ntwo\nhal").unwrap();
        let (lines, next) = read_lines(&file, None).unwrap();
        assert_eq!((lines, next), (vec!["one".into(), "two".into()], 8), "a half line waits");
        std::fs::write(&file, "one\ntwo\nhalf\n").unwrap();
        assert_eq!(read_lines(&file, Some(next)).unwrap(), (vec!["half".into()], 13));
        std::fs::write(&file, "new\n").unwrap();
        assert_eq!(read_lines(&file, Some(13)).unwrap(), (vec!["new".into()], 4), "rotated");
        std::fs::write(&file, "x\n".repeat(1500)).unwrap();
        assert_eq!(read_lines(&file, None).unwrap().0.len(), LAST_LINES);
        let (lines, next) = read_lines(&file, Some(0)).unwrap();
        assert_eq!((lines.len(), next), (MOST_LINES, 2000));
    }

    #[test]
    fn rotation_bounds_what_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("testkeep.log");
        let config = LogConfig { file_size_mib: 1, files_kept: 2, ..LogConfig::default() };
        let mut log = rotated(&config, &file);
        let line = "x".repeat(1023) + "\n";
        for _ in 0..6 * 1024 {
            log.write_all(line.as_bytes()).unwrap();
        }
        let sizes: Vec<u64> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).collect();
        assert_eq!(sizes.len(), 3, "the current file and two older ones");
        assert!(sizes.iter().sum::<u64>() <= 4 * 1024 * 1024, "{sizes:?}");
    }
}
