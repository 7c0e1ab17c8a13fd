//! The server as a process of this machine: starts it in the background, waits for it, stops it.
//!
//! On Unix a supervisor starts the server and starts it again after a crash (`supervise`). Must end only processes of
//! its own installation.

mod launch;
mod stop;
#[cfg(unix)]
mod supervise;
mod table;
mod words;

use std::net::SocketAddr;
use std::process::Child;
use std::time::{Duration, Instant};

use testkeep_domain::Layout;

use crate::control::{Control, ControlError, ControlStatus, read_config};
use crate::{http, place};

pub use stop::stop;
#[cfg(unix)]
pub use supervise::supervise;
pub use table::{is_program, moved_away, nothing_runs, running_servers, supervisors};
#[cfg(windows)]
pub(crate) use words::console_lines;
pub(crate) use words::quoted_log;

/// The server itself waits up to a minute for a database that is still starting.
const READY_WITHIN: Duration = Duration::from_secs(75);
const POLL: Duration = Duration::from_millis(25);

#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error(transparent)]
    Control(#[from] ControlError),
    #[error(
        "{program} could not be started: {reason}. Check that the file exists and may be run; installing again restores it."
    )]
    NotStarted { program: String, reason: String },
    /// Another account could change the program, and root would run it.
    #[error("{0}")]
    NotTrusted(String),
    #[error("The server ended right after its start{status}.{log}")]
    Ended { status: String, log: String },
    #[error("The server did not become ready within 75 seconds: {reason}.{log}")]
    NotReady { reason: String, log: String },
    #[error(
        "The server (process {0}) did not stop within 15 seconds. End it in the task manager, then try again."
    )]
    NotStopped(u32),
}

/// Result of `start`.
#[derive(Debug)]
pub enum Started {
    AlreadyRunning(ControlStatus),
    /// The child handle of the new process; dropping it leaves the server running.
    Now(ControlStatus, Child),
}

impl Started {
    pub fn status(&self) -> &ControlStatus {
        match self {
            Self::AlreadyRunning(status) | Self::Now(status, _) => status,
        }
    }
}

/// Starts the installed server unless it runs, and waits until it is ready. `arguments` are further arguments of its
/// `run` command.
///
/// # Errors
/// It does not become ready; the error quotes the end of its log. Nothing of it runs then.
pub async fn start(layout: &Layout, arguments: &[&str]) -> Result<Started, ProcessError> {
    if let Some(status) = running(layout).await? {
        return Ok(Started::AlreadyRunning(status));
    }
    if place::is_root() {
        place::judge_installation(layout).map_err(|distrust| ProcessError::NotTrusted(distrust.message))?;
    }
    let mut child = launch::in_background(layout, arguments)?;
    match wait_until_ready(layout, &mut child).await {
        Ok(status) if table::descends(status.pid, child.id()) => Ok(Started::Now(status, child)),
        // Another command started the server at the same moment.
        Ok(status) => Ok(Started::AlreadyRunning(status)),
        Err(error) => {
            launch::end(&mut child);
            Err(error)
        }
    }
}

/// The status of this installation's server; `None` when it does not run.
pub async fn running(layout: &Layout) -> Result<Option<ControlStatus>, ControlError> {
    let config = read_config(layout)?;
    // A server writes its secret before it answers requests.
    if !layout.control_token().exists() {
        return Ok(None);
    }
    match Control::new(config.control_port, layout.control_token()).status().await {
        Ok(status) => Ok(Some(status)),
        Err(ControlError::NotRunning(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn wait_until_ready(layout: &Layout, child: &mut Child) -> Result<ControlStatus, ProcessError> {
    let config = read_config(layout)?;
    let http = http::own_address(&config);
    let control = Control::new(config.control_port, layout.control_token());
    let began = Instant::now();
    loop {
        let ended = child.try_wait().ok().flatten();
        let reason = match ready(&control, http).await {
            Ok(status) => return Ok(status),
            Err(reason) => reason,
        };
        if let Some(status) = ended {
            return Err(ProcessError::Ended { status: format!(" ({status})"), log: quoted_log(layout) });
        }
        if began.elapsed() > READY_WITHIN {
            return Err(ProcessError::NotReady { reason, log: quoted_log(layout) });
        }
        tokio::time::sleep(POLL).await;
    }
}

/// A server is ready when it proves our secret on the control port and answers `/readyz` with 200.
async fn ready(control: &Control, address: SocketAddr) -> Result<ControlStatus, String> {
    let status = http::get(address, "/readyz").await.map_err(|error| error.to_string())?;
    if status != 200 {
        return Err(format!("/readyz answered {status}"));
    }
    control.status().await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_start_that_fails_quotes_why() {
        let place = tempfile::tempdir().unwrap();
        let layout = Layout::new(place.path());
        assert!(matches!(
            start(&layout, &[]).await,
            Err(ProcessError::Control(ControlError::Unreadable { .. }))
        ));
        std::fs::create_dir_all(layout.conf()).unwrap();
        let config = "server_url='http://a:1'\nhttp_port=1\ncontrol_port=2\n[database]\nkind='built-in'\n";
        std::fs::write(layout.config_file(), config).unwrap();
        std::fs::write(layout.control_token(), "ab".repeat(32)).unwrap();
        assert!(matches!(start(&layout, &[]).await, Err(ProcessError::NotStarted { .. })));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::create_dir_all(layout.bin()).unwrap();
            std::fs::write(layout.server_program(), "#!/bin/sh\necho the disk is on fire; exit 3\n").unwrap();
            std::fs::set_permissions(layout.server_program(), std::fs::Permissions::from_mode(0o755))
                .unwrap();
            let message = start(&layout, &[]).await.unwrap_err().to_string();
            assert!(
                message.contains("exit status: 3") && message.contains("the disk is on fire"),
                "{message}"
            );
        }
        assert!(!stop(&layout).await.unwrap());
    }
}
