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
    let bytes = usize::try_from(config.file_size_mib.clamp(1, 1024) * 1024 * 1024).unwrap_or(usize::MAX);
    let rotated = FileRotate::new(
        file,
        AppendCount::new(config.files_kept.min(1000)),
        ContentLimit::BytesSurpassed(bytes),
        Compression::None,
        None,
    );
    let (writer, guard) = tracing_appender::non_blocking(rotated);
    let filter = EnvFilter::try_new(&config.level).map_err(io::Error::other)?;
    let started = tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_writer(writer).with_ansi(false).with_target(false))
        .with(fmt::layer().with_writer(io::stdout).with_ansi(io::stdout().is_terminal()).with_target(false))
        .try_init();
    started.map_err(io::Error::other)?;
    Ok(guard)
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
