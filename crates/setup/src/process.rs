//! The server as a process of this machine: starts it in the background, waits for it, stops it.
//!
//! A process is identified by the program it runs, never by a stored process number. Must end only processes of its own
//! installation.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, Signal, System, UpdateKind};
use testkeep_domain::Layout;

use crate::control::{Control, ControlError, ControlStatus, read_config};
use crate::{http, place};

/// The server itself waits up to a minute for a database that is still starting.
const READY_WITHIN: Duration = Duration::from_secs(75);
/// The server stops within 10 seconds.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);
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
pub async fn start(layout: &Layout, arguments: &[&str]) -> Result<Started, ProcessError> {
    if let Some(status) = running(layout).await? {
        return Ok(Started::AlreadyRunning(status));
    }
    if place::is_root() {
        place::judge_installation(layout).map_err(|distrust| ProcessError::NotTrusted(distrust.message))?;
    }
    let mut child = start_background(layout, arguments)?;
    match wait_until_ready(layout, &mut child).await {
        Ok(status) if status.pid == child.id() => Ok(Started::Now(status, child)),
        // Another command started the server at the same moment.
        Ok(status) => Ok(Started::AlreadyRunning(status)),
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
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

/// Starts the server in a process group of its own (and on Windows without a console), so that it survives the
/// installer and its terminal. Output before its log is open goes to `logs/console.log`.
pub fn start_background(layout: &Layout, arguments: &[&str]) -> Result<Child, ProcessError> {
    let program = layout.server_program();
    let failed = |error: std::io::Error| ProcessError::NotStarted {
        program: program.display().to_string(),
        reason: error.to_string(),
    };
    std::fs::create_dir_all(layout.logs()).map_err(failed)?;
    let console = open_console(layout).map_err(failed)?;
    let mut command = Command::new(&program);
    command.arg("run").arg("--config").arg(layout.config_file()).args(arguments);
    // Once its log is open, the server prints nothing, because this file is never rotated.
    command.env("TESTKEEP_IN_BACKGROUND", "1").current_dir(layout.destination());
    command.stdin(Stdio::null()).stdout(console.try_clone().map_err(failed)?).stderr(console);
    detach(&mut command);
    command.spawn().map_err(failed)
}

/// Opens the file empty and for its owner alone, whatever an earlier version left there.
fn open_console(layout: &Layout) -> std::io::Result<File> {
    let path = console_log(layout);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

#[cfg(unix)]
fn detach(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(windows)]
fn detach(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    // DETACHED_PROCESS would override CREATE_NO_WINDOW, and the console of a grandchild would flash up.
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

fn console_log(layout: &Layout) -> PathBuf {
    layout.logs().join("console.log")
}

async fn wait_until_ready(layout: &Layout, child: &mut Child) -> Result<ControlStatus, ProcessError> {
    let config = read_config(layout)?;
    let http_port = config.http_port.get();
    let control = Control::new(config.control_port, layout.control_token());
    let began = Instant::now();
    loop {
        let ended = child.try_wait().ok().flatten();
        let reason = match ready(&control, http_port).await {
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
async fn ready(control: &Control, http_port: u16) -> Result<ControlStatus, String> {
    let answer = http::get(http_port, "/readyz").await.map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("/readyz answered {}", answer.status));
    }
    control.status().await.map_err(|error| error.to_string())
}

/// The last lines of the console file, where a failed start writes the reason; if it is empty, of the log.
fn quoted_log(layout: &Layout) -> String {
    const LINES: usize = 8;
    for file in [console_log(layout), layout.log_file()] {
        let text = last_text(&file).unwrap_or_default();
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if !lines.is_empty() {
            let last = lines[lines.len().saturating_sub(LINES)..].join("\n  ");
            return format!(" The last lines of {}:\n  {last}", file.display());
        }
    }
    format!(" There is nothing in {}.", layout.logs().display())
}

fn last_text(path: &Path) -> std::io::Result<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(8 * 1024)))?;
    let mut bytes = Vec::new();
    file.take(8 * 1024).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Stops this installation's server and waits until its process is gone. `false`: none was running.
pub async fn stop(layout: &Layout) -> Result<bool, ProcessError> {
    let status = match running(layout).await {
        // Without the secret no stop can be requested, but the process can still be found.
        Err(_) if !running_servers(layout).is_empty() => None,
        status => status?,
    };
    let asked = match &status {
        Some(status) => {
            Control::of(layout)?.stop().await?;
            Some(status.pid)
        }
        None => None,
    };
    // A server that is just starting does not answer yet, and a hanging one does not answer any more.
    let pids: Vec<u32> = asked.into_iter().chain(running_servers(layout)).collect();
    let began = Instant::now();
    for pid in &pids {
        let is_asked = Some(*pid) == asked || ask_by_signal(layout, *pid);
        let patience = if is_asked { STOPPED_WITHIN } else { Duration::from_secs(1) };
        while is_alive(*pid) {
            if began.elapsed() > patience {
                end(layout, *pid).await?;
            }
            tokio::time::sleep(POLL).await;
        }
    }
    Ok(!pids.is_empty())
}

/// Requests a stop by a signal, for a server whose control port cannot be used; only on systems with such signals.
fn ask_by_signal(layout: &Layout, pid: u32) -> bool {
    let system = processes();
    let process = system.as_ref().and_then(|system| system.process(Pid::from_u32(pid)));
    let process = process.filter(|process| is_server_of(layout, process));
    process.and_then(|process| process.kill_with(Signal::Term)).unwrap_or(false)
}

/// Kills a server that does not react. First checks again that the process is ours, because numbers are reused.
async fn end(layout: &Layout, pid: u32) -> Result<(), ProcessError> {
    let system = processes();
    let process = system.as_ref().and_then(|system| system.process(Pid::from_u32(pid)));
    if let Some(process) = process.filter(|process| is_server_of(layout, process)) {
        process.kill();
    }
    for _ in 0..40 {
        if !is_alive(pid) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(ProcessError::NotStopped(pid))
}

/// Processes that run `<destination>/bin/testkeep-server run`, whether or not they answer.
pub fn running_servers(layout: &Layout) -> Vec<u32> {
    let Some(system) = processes() else {
        return Vec::new();
    };
    let servers = system.processes().values().filter(|process| is_server_of(layout, process));
    servers.map(|process| process.pid().as_u32()).collect()
}

/// `None` if the system does not list processes.
fn processes() -> Option<System> {
    let mut system = System::new().ok()?;
    let kind = ProcessRefreshKind::nothing()
        .with_exe(UpdateKind::Always)
        .with_cmd(UpdateKind::Always)
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    Some(system)
}

fn is_server_of(layout: &Layout, process: &sysinfo::Process) -> bool {
    let runs_ours =
        process.exe().is_some_and(|exe| is_program(&exe.to_string_lossy(), &layout.server_program()));
    runs_ours && process.cmd().get(1).is_some_and(|word| word == "run") && !is_gone(process)
}

fn is_gone(process: &sysinfo::Process) -> bool {
    matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}

fn is_alive(pid: u32) -> bool {
    let pid = Pid::from_u32(pid);
    let Ok(mut system) = System::new() else {
        return false;
    };
    let kind = ProcessRefreshKind::nothing().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    system.process(pid).is_some_and(|process| !is_gone(process))
}

/// New path for a running program, so that a new program can take its name.
pub(crate) fn moved_away(program: &Path) -> PathBuf {
    let mut name = program.file_name().unwrap_or_default().to_owned();
    name.push(".previous");
    program.with_file_name(name)
}

/// Whether the path that the system shows for a running process is `program`. If the program was replaced while it
/// runs, Linux shows it with a suffix, and Windows under its new name.
pub(crate) fn is_program(running: &str, program: &Path) -> bool {
    let running = plain(running.strip_suffix(" (deleted)").unwrap_or(running));
    let (Some(folder), Some(name)) = (program.parent(), program.file_name()) else {
        return false;
    };
    let mut expected = vec![program.to_owned()];
    // The folder above may be a link.
    expected.extend(folder.canonicalize().map(|folder| folder.join(name)));
    let moved: Vec<PathBuf> = expected.iter().map(|path| moved_away(path)).collect();
    expected.iter().chain(&moved).any(|path| {
        let path = path.to_string_lossy();
        if cfg!(windows) { plain(&path).eq_ignore_ascii_case(running) } else { path == running }
    })
}

fn plain(path: &str) -> &str {
    path.strip_prefix("\\\\?\\").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_its_own_program() {
        let program = Path::new("/opt/testkeep/bin/testkeep-server");
        assert!(is_program("/opt/testkeep/bin/testkeep-server", program));
        assert!(is_program("/opt/testkeep/bin/testkeep-server (deleted)", program));
        assert!(is_program("/opt/testkeep/bin/testkeep-server.previous", program));
        assert!(!is_program("/opt/other/bin/testkeep-server", program));
    }

    #[test]
    fn sees_which_processes_live() {
        assert!(is_alive(std::process::id()));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("--list")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.wait().unwrap();
        assert!(!is_alive(child.id()));
    }

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
