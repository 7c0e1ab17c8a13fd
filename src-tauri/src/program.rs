//! Runs `testkeep-server`: the bundled one to install and check, the installed one to start.
//!
//! Owns how the program is found, and the limits of time and output of a short run. Must never pass a secret as an
//! argument: other users of the machine can read arguments.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tauri::AppHandle;
use tauri::async_runtime::Receiver;
use tauri_plugin_shell::ShellExt;
use tauri_plugin_shell::process::{Command, CommandEvent};

use crate::error::CommandError;

/// Environment variable with a server program to use instead of the bundled one; for development and tests.
const OVERRIDE: &str = "TESTKEEP_SERVER_BIN";
const BUNDLED: &str = "testkeep-server";
/// More output than this is read and dropped.
const OUTPUT_MAX_BYTES: usize = 1024 * 1024;

/// Result of a run.
pub(crate) struct Finished {
    /// `None` when a signal ended the program.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The bundled server program: the one beside this program, unless the environment names another.
pub(crate) fn bundled(app: &AppHandle) -> Result<Command, CommandError> {
    if let Some(program) = std::env::var_os(OVERRIDE).filter(|program| !program.is_empty()) {
        return Ok(app.shell().command(program));
    }
    app.shell().sidecar(BUNDLED).map_err(|error| cannot_start(&bundled_name(), &error))
}

/// The server program of an installation.
pub(crate) fn installed(app: &AppHandle, program: &Path) -> Command {
    app.shell().command(program)
}

pub(crate) fn bundled_name() -> PathBuf {
    std::env::var_os(OVERRIDE).map_or_else(|| BUNDLED.into(), PathBuf::from)
}

pub(crate) fn cannot_start(program: &Path, reason: &dyn std::fmt::Display) -> CommandError {
    CommandError::Program { program: program.to_owned(), reason: reason.to_string() }
}

/// When a run counts as finished.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// The process and its output have ended.
    End,
    /// The program printed a line. For a command that reports success and leaves another process running: on Windows
    /// that process inherits the output and holds it open.
    FirstLine,
}

/// Runs until `until` and collects the output. `input` is a line for standard input, which stays open: the program must
/// not wait for the end of its input.
///
/// # Errors
/// The program cannot be started, or it still runs after `limit` and was killed.
pub(crate) async fn run(
    command: Command,
    name: &Path,
    input: Option<&str>,
    until: Until,
    limit: Duration,
) -> Result<Finished, CommandError> {
    let (events, mut child) = command.spawn().map_err(|error| cannot_start(name, &error))?;
    if let Some(input) = input {
        // A write error is ignored: if the program ended before it read its input, its exit code says why.
        let _ = child.write(format!("{input}\n").as_bytes());
    }
    if let Ok(finished) = tokio::time::timeout(limit, collect(events, until)).await {
        return Ok(finished);
    }
    let _ = child.kill();
    Err(CommandError::Failed(format!(
        "{} did not finish within {} seconds and was stopped. Try again; if it happens again, check the log.",
        name.display(),
        limit.as_secs()
    )))
}

pub(crate) async fn collect(mut events: Receiver<CommandEvent>, until: Until) -> Finished {
    let mut finished = Finished { code: None, stdout: String::new(), stderr: String::new() };
    while let Some(event) = events.recv().await {
        match event {
            CommandEvent::Stdout(line) => {
                append(&mut finished.stdout, &line);
                if until == Until::FirstLine {
                    finished.code = Some(0);
                    break;
                }
            }
            CommandEvent::Stderr(line) => append(&mut finished.stderr, &line),
            CommandEvent::Terminated(ended) => finished.code = ended.code,
            _ => {}
        }
    }
    finished
}

fn append(output: &mut String, line: &[u8]) {
    if output.len() + line.len() <= OUTPUT_MAX_BYTES {
        output.push_str(&text(line));
        output.push('\n');
    }
}

/// The program's message on standard error, without its own name in front.
pub(crate) fn reason(stderr: &str) -> &str {
    let reason = stderr.trim();
    reason.strip_prefix(BUNDLED).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(reason)
}

/// One line as text, without its line end.
pub(crate) fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_sentence() {
        assert_eq!(reason("testkeep-server: The port is taken.\n"), "The port is taken.");
        assert_eq!(reason("thread panicked: x"), "thread panicked: x");
        assert_eq!(text("übel\r\n".as_bytes()), "übel");
    }

    #[test]
    fn output_is_bounded() {
        let mut output = String::new();
        for _ in 0..2000 {
            append(&mut output, &[b'x'; 1024]);
        }
        assert!(output.len() <= OUTPUT_MAX_BYTES + 1024);
    }
}
