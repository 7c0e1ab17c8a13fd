//! Runs the server program for one of its commands (`check`, `activate`, `account`) and waits for its end.
//!
//! The rules and the SQL of the database live in the server alone; the install engine calls its commands instead of
//! repeating them.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use testkeep_domain::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// Migrations of a large database may be slow; a hanging program must not block the installation for ever.
const TIMEOUT: Duration = Duration::from_mins(5);
const OUTPUT_MAX: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Ended {
    /// `None`: ended by a signal.
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Ended {
    /// The program's own message about its failure.
    pub(super) fn complaint(&self) -> String {
        let said = [self.stderr.trim(), self.stdout.trim()].into_iter().find(|text| !text.is_empty());
        let said = said.map(|text| text.chars().take(2000).collect());
        said.unwrap_or_else(|| match self.code {
            Some(code) => format!("It ended with exit code {code} and said nothing."),
            None => "It was ended from outside.".into(),
        })
    }
}

/// Runs `command` with `input` as its standard input. Dropping the future ends the program.
pub(super) async fn run(mut command: Command, input: Option<&Secret>) -> Result<Ended, String> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    hide_console(&mut command);
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| format!("{program} could not be run: {error}.");
    let mut child = command.spawn().map_err(failed)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let conversation = async {
        let say = async {
            if let (Some(mut stdin), Some(input)) = (stdin, input) {
                // A write error is ignored: a program that ends without reading is judged by its exit code.
                let _ = stdin.write_all(input.expose().as_bytes()).await;
                let _ = stdin.write_all(b"\n").await;
            }
        };
        let ((), stdout, stderr) = tokio::join!(say, listen(stdout), listen(stderr));
        (child.wait().await, stdout, stderr)
    };
    let (status, stdout, stderr) = tokio::time::timeout(TIMEOUT, conversation)
        .await
        .map_err(|_| format!("{program} did not finish within 5 minutes and was ended."))?;
    Ok(Ended { code: status.map_err(failed)?.code(), stdout, stderr })
}

/// Reads all output, so that the program does not block on a full pipe, and returns the first part.
async fn listen(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = (&mut pipe).take(OUTPUT_MAX).read_to_end(&mut kept).await;
        let _ = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(windows)]
fn hide_console(command: &mut Command) {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW);
}

#[cfg(not(windows))]
fn hide_console(_command: &mut Command) {}

/// A command of the server program.
pub(super) fn command(program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(words);
    command
}
