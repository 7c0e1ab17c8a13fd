//! Logs: readable lines on the console and in `logs/testkeep.log`, which is rotated by size, so that its size stays
//! bounded.
//!
//! Must never contain a secret: passwords and tokens have types that print as `***`.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use testkeep_domain::config::LogConfig;
use testkeep_domain::log_tail::{LogLines, read_log_lines};
use testkeep_domain::user_file;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Environment variable of a server in the background. Its console output goes to a file that is not rotated, so only
/// output before the start of the log may go there.
pub(crate) const IN_BACKGROUND: &str = "TESTKEEP_IN_BACKGROUND";

/// Starts logging for the rest of the process. Keep the guard: dropping it writes the buffered lines.
pub(crate) fn start(config: &LogConfig, file: &Path) -> io::Result<WorkerGuard> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    close_to_others(file)?;
    let (writer, guard) = tracing_appender::non_blocking(rotated(config, file));
    let filter = EnvFilter::try_new(&config.level).map_err(io::Error::other)?;
    let has_console = std::env::var_os(IN_BACKGROUND).is_none();
    let console = has_console.then(|| {
        let colored = io::stdout().is_terminal();
        let writer = move || OneLine { out: io::stdout(), colored };
        fmt::layer().with_writer(writer).with_ansi(colored).with_target(false)
    });
    let writer = move || OneLine { out: writer.clone(), colored: false };
    let started = tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_writer(writer).with_ansi(false).with_target(false).log_internal_errors(false))
        .with(console)
        .try_init();
    started.map_err(io::Error::other)?;
    log_panics(has_console);
    Ok(guard)
}

/// Writes each record as one line, so that a line break in the text of a peer or a database cannot begin a new record.
struct OneLine<W> {
    out: W,
    /// The console's colors are control characters, which must stay.
    colored: bool,
}

impl<W: Write> Write for OneLine<W> {
    /// `record`: a whole record, as the layers of `tracing-subscriber` write it.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(record);
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
        let is_unfit = |character: char| {
            matches!(character, '\n' | '\r') || (character.is_control() && character != '\t' && !self.colored)
        };
        if line.contains(is_unfit) {
            let fit = line.chars().fold(String::with_capacity(line.len()), |mut fit, character| {
                if is_unfit(character) {
                    fit.extend(character.escape_default());
                } else {
                    fit.push(character);
                }
                fit
            });
            self.out.write_all(format!("{fit}{end}").as_bytes())?;
        } else {
            self.out.write_all(record)?;
        }
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Logs panics. They are printed only to a real console, because a background server's output file is not rotated.
fn log_panics(has_console: bool) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        if has_console {
            usual(panic);
        }
    }));
}

/// Removes other accounts' permission to read logs, which contain names and addresses. Earlier versions gave it to
/// everybody.
fn close_to_others(file: &Path) -> io::Result<()> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return Ok(()) };
    let name = name.to_string_lossy();
    for entry in folder.read_dir()?.flatten() {
        let is_log = entry.file_name().to_string_lossy().starts_with(&*name);
        if is_log && entry.file_type()?.is_file() {
            close(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn close(file: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(LOG_MODE))?;
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the other system may fail")]
fn close(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
const LOG_MODE: u32 = 0o600;

fn rotated(config: &LogConfig, file: &Path) -> FileRotate<AppendCount> {
    let bytes = usize::try_from(config.file_size_mib.clamp(1, 1024) * 1024 * 1024).unwrap_or(usize::MAX);
    let suffix = AppendCount::new(config.files_kept.min(1000));
    let mut options = OpenOptions::new();
    options.read(true).create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, LOG_MODE);
    FileRotate::new(file, suffix, ContentLimit::BytesSurpassed(bytes), Compression::None, Some(options))
}

/// Returns no lines when the log does not exist yet.
pub(crate) fn read_lines(file: &Path, after: Option<u64>) -> io::Result<LogLines> {
    match user_file::open(file) {
        Ok(log) => read_log_lines(log, after),
        Err(error) if error.is_missing() => Ok(LogLines::default()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_not_there_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read_lines(&folder.path().join("testkeep.log"), None).unwrap(), LogLines::default());
    }

    #[test]
    fn a_record_is_one_line() {
        let mut log = OneLine { out: Vec::new(), colored: false };
        log.write_all("INFO a\nINFO forged \u{1b}[31m\ttab é\r\n".as_bytes()).unwrap();
        log.write_all(b"INFO plain\n").unwrap();
        let text = String::from_utf8(log.out).unwrap();
        assert_eq!(text, "INFO a\\nINFO forged \\u{1b}[31m\ttab é\\r\nINFO plain\n");
    }

    #[cfg(unix)]
    fn assert_closed(folder: &Path) {
        use std::os::unix::fs::PermissionsExt;
        for entry in folder.read_dir().unwrap().flatten() {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", entry.path().display());
        }
    }

    #[cfg(unix)]
    #[test]
    fn logs_of_earlier_versions_are_closed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        for name in ["testkeep.log", "testkeep.log.1", "testkeep.log.2"] {
            let file = folder.path().join(name);
            std::fs::write(&file, "x").unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
        close_to_others(&folder.path().join("testkeep.log")).unwrap();
        assert_closed(folder.path());
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
        #[cfg(unix)]
        assert_closed(folder.path());
        let sizes: Vec<u64> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).collect();
        assert_eq!(sizes.len(), 3, "the current file and two older ones");
        assert!(sizes.iter().sum::<u64>() <= 4 * 1024 * 1024, "{sizes:?}");
    }
}
