//! Starts programs of the installation so that they survive the command that starts them.

use std::fs::{File, OpenOptions};
use std::io;
use std::process::{Child, Command, Stdio};

use testkeep_domain::Layout;

use super::ProcessError;
use super::table::{SERVER, SUPERVISOR};
use super::words::console_log;

/// The verb that runs in the background: on Unix the supervisor, which starts the server. On Windows the service control
/// manager restarts servers, and a server in the background stands alone.
const VERB: &str = if cfg!(unix) { SUPERVISOR } else { SERVER };

/// Starts the server in the background. Output before its log is open goes to `logs/console.log`.
pub(super) fn in_background(layout: &Layout, arguments: &[&str]) -> Result<Child, ProcessError> {
    let launched = command(layout, VERB, arguments).and_then(|mut command| {
        detach(&mut command);
        command.spawn()
    });
    launched.map_err(|error| ProcessError::NotStarted {
        program: layout.server_program().display().to_string(),
        reason: error.to_string(),
    })
}

/// The installed program with one of its verbs, its output going to an empty console file.
pub(super) fn command(layout: &Layout, verb: &str, arguments: &[&str]) -> io::Result<Command> {
    std::fs::create_dir_all(layout.logs())?;
    let console = open_console(layout)?;
    let mut command = Command::new(layout.server_program());
    command.arg(verb).arg("--config").arg(layout.config_file()).args(arguments);
    // Once its log is open, the server prints nothing, because this file is never rotated.
    command.env("TESTKEEP_IN_BACKGROUND", "1").current_dir(layout.destination());
    command.stdin(Stdio::null()).stdout(console.try_clone()?).stderr(console);
    Ok(command)
}

/// Opens the file empty and for its owner alone, whatever an earlier version left there.
fn open_console(layout: &Layout) -> io::Result<File> {
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

/// The supervisor makes a session of its own, which the first process of a process group cannot.
#[cfg(unix)]
fn detach(_: &mut Command) {}

#[cfg(windows)]
fn detach(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    // DETACHED_PROCESS would override CREATE_NO_WINDOW, and the console of a grandchild would flash up.
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

/// Ends what a failed start left: the supervisor passes the request on to its server.
#[cfg(unix)]
pub(super) fn end(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process};
    let still_runs = matches!(child.try_wait(), Ok(None));
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw).filter(|_| still_runs) {
        let _gone = kill_process(pid, Signal::TERM);
    }
    let _ = child.wait();
}

#[cfg(not(unix))]
pub(super) fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}
