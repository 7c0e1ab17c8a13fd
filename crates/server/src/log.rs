//! Logs: readable lines on the console, the same in `logs/testkeep.log`, rotated by size so that they stay bounded.
//!
//! Must never hold a secret: passwords and tokens are types that print as `***`.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::path::Path;

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use testkeep_domain::config::LogConfig;
use testkeep_domain::log_tail::{LogLines, read_log_lines};
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

/// Of a log that is not there yet nothing.
pub fn read_lines(file: &Path, after: Option<u64>) -> io::Result<LogLines> {
    match File::open(file) {
        Ok(log) => read_log_lines(log, after),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(LogLines::default()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_log_that_is_not_there_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_lines(&folder.path().join("testkeep.log"), None).unwrap(), LogLines::default());
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
