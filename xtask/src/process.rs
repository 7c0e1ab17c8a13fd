//! Runs child processes: prints the command, keeps standard output clean, and names the program in failures.
//!
//! All build output goes to standard error, so that standard output contains only the verb's own answer (for example
//! one JSON line). Must never run a shell, which would interpret the arguments.

use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Prints a headline, so that a person finds the parts of a long output.
pub(crate) fn headline(text: &str) {
    eprintln!("\n── {text}");
}

/// Runs a program to its end; its standard output goes to our standard error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    eprintln!("$ {}", words(command));
    let status = command.stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr())).status();
    let status = status.with_context(|| not_started(command))?;
    if !status.success() {
        bail!("`{}` failed ({status}); its output above says why", words(command));
    }
    Ok(())
}

/// As [`run`], but returns the exit code; `None` when a signal ended the program.
pub(crate) fn code(command: &mut Command) -> Result<Option<i32>> {
    eprintln!("$ {}", words(command));
    let status = command.stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr())).status();
    Ok(status.with_context(|| not_started(command))?.code())
}

/// Returns the standard output of a program that must succeed; its standard error passes through. Uses a file: a pipe
/// would stay open as long as any background process of the program lives.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let mut file = tempfile::tempfile()?;
    let status = command.stdin(Stdio::null()).stdout(file.try_clone()?).status();
    let status = status.with_context(|| not_started(command))?;
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    if !status.success() {
        bail!("`{}` failed ({status})\n{text}", words(command));
    }
    Ok(text)
}

/// Whether a program ran and succeeded within the time; prints nothing.
pub(crate) fn succeeds(command: &mut Command, within: Duration) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = quiet.spawn() else { return false };
    let deadline = Instant::now() + within;
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(_) => return false,
        }
    }
    let _too_late = child.kill();
    let _ended = child.wait();
    false
}

/// Whether something becomes true within the time.
pub(crate) fn happens(within: Duration, is_true: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + within;
    while Instant::now() < deadline {
        if is_true() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    is_true()
}

/// The first folder of `PATH` that has the program.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// The command line as a person would type it, with the program's path shortened to its file name.
pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let mut words = vec![program.to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    words.join(" ")
}

fn not_started(command: &Command) -> String {
    format!("`{}` could not be started; is it installed and on the PATH?", words(command))
}
