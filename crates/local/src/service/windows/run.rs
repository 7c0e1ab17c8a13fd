//! Runs the programs of Windows and waits for their end.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

use super::commands::{CommandLine, system_folder};
use crate::service::ServiceError;

/// The folder of Windows' own programs. They are run by their whole path, never found by a search.
pub fn system() -> PathBuf {
    system_folder(std::env::var_os("SystemRoot"))
}

pub(super) async fn run(line: &CommandLine) -> Result<(), ServiceError> {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    let failed = |said: String| ServiceError::Command { command: shown(line), said };
    let mut command = Command::new(&line.program);
    command.args(&line.arguments).stdin(Stdio::null()).creation_flags(CREATE_NO_WINDOW);
    let ended = command.output().await.map_err(|error| failed(error.to_string()))?;
    if ended.status.success() {
        return Ok(());
    }
    // These programs report some failures on standard output.
    let said = [ended.stderr, ended.stdout].map(|text| String::from_utf8_lossy(&text).trim().to_owned());
    let said = said.into_iter().find(|text| !text.is_empty());
    Err(failed(said.unwrap_or_else(|| format!("it ended with {} and said nothing", ended.status))))
}

fn shown(line: &CommandLine) -> String {
    let words = line.arguments.iter().map(|word| word.to_string_lossy());
    let program = line.program.display().to_string();
    std::iter::once(program).chain(words.map(Into::into)).collect::<Vec<_>>().join(" ")
}
