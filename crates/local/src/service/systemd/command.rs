//! Runs the programs of systemd and waits for their end.

use std::process::Stdio;

use tokio::process::Command;

use crate::service::{ServiceError, ServiceLevel};

/// Its output on standard output.
pub(super) async fn run(program: &str, arguments: &[&str]) -> Result<String, ServiceError> {
    let shown = || format!("{program} {}", arguments.join(" "));
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).env("LC_ALL", "C.UTF-8").env("SYSTEMD_COLORS", "0");
    reach_own_manager(&mut command);
    let ended = command
        .output()
        .await
        .map_err(|error| ServiceError::Command { command: shown(), said: error.to_string() })?;
    if ended.status.success() {
        return Ok(String::from_utf8_lossy(&ended.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
    let said =
        if said.is_empty() { format!("it ended with {} and said nothing", ended.status) } else { said };
    Err(ServiceError::Command { command: shown(), said })
}

/// `systemctl` for the manager of that level.
pub(super) async fn systemctl(level: ServiceLevel, arguments: &[&str]) -> Result<String, ServiceError> {
    let of_level: &[&str] = match level {
        ServiceLevel::System => &["--no-ask-password"],
        ServiceLevel::User => &["--user"],
    };
    run("systemctl", &[of_level, arguments].concat()).await
}

/// A shell that was opened by `su` lacks the variable that leads to the person's own manager.
fn reach_own_manager(command: &mut Command) {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        let id = rustix::process::geteuid().as_raw();
        command.env("XDG_RUNTIME_DIR", format!("/run/user/{id}"));
    }
}

/// The version of systemd; 0 when it cannot be read.
pub(super) async fn version() -> u32 {
    let text = run("systemctl", &["--version"]).await.unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}
