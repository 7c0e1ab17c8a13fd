//! The processes of one installation in the system's list of processes.
//!
//! A process is recognized by the program it runs and its first argument, never by a stored process number.

use std::path::{Path, PathBuf};

use sysinfo::{
    Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, Signal, System, UpdateKind,
};
use testkeep_domain::Layout;

/// The first argument of a server, and of the process that restarts it.
pub(crate) const SERVER: &str = "run";
pub(crate) const SUPERVISOR: &str = "supervise";

/// Processes that run `<destination>/bin/testkeep-server run`, whether or not they answer.
pub fn running_servers(layout: &Layout) -> Vec<u32> {
    find(layout, SERVER)
}

/// Processes that restart a server of this installation after a crash.
pub fn supervisors(layout: &Layout) -> Vec<u32> {
    find(layout, SUPERVISOR)
}

/// Whether neither a server nor a supervisor of this installation runs.
pub fn nothing_runs(layout: &Layout) -> bool {
    let Some(system) = processes() else { return true };
    !system.processes().values().any(|process| is_of(layout, process, &[SERVER, SUPERVISOR]))
}

fn find(layout: &Layout, word: &str) -> Vec<u32> {
    let Some(system) = processes() else {
        return Vec::new();
    };
    let found = system.processes().values().filter(|process| is_of(layout, process, &[word]));
    found.map(|process| process.pid().as_u32()).collect()
}

/// Sends a signal, after a check that the process is still ours, because numbers are reused. `false`: it is gone, or the
/// system has no such signal.
pub(super) fn send_signal(layout: &Layout, pid: u32, signal: Signal) -> bool {
    let system = processes();
    let process = system.as_ref().and_then(|system| system.process(Pid::from_u32(pid)));
    let process = process.filter(|process| is_of(layout, process, &[SERVER, SUPERVISOR]));
    process.and_then(|process| process.kill_with(signal)).unwrap_or(false)
}

/// Whether `pid` is `started` or was started by it.
pub(super) fn descends(pid: u32, started: u32) -> bool {
    if pid == started {
        return true;
    }
    let system = processes();
    let process = system.as_ref().and_then(|system| system.process(Pid::from_u32(pid)));
    process.and_then(Process::parent).is_some_and(|parent| parent.as_u32() == started)
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

fn is_of(layout: &Layout, process: &Process, words: &[&str]) -> bool {
    let runs_ours =
        process.exe().is_some_and(|exe| is_program(&exe.to_string_lossy(), &layout.server_program()));
    let word = process.cmd().get(1).and_then(|word| word.to_str());
    runs_ours && word.is_some_and(|word| words.contains(&word)) && !is_gone(process)
}

fn is_gone(process: &sysinfo::Process) -> bool {
    matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}

pub(super) fn is_alive(pid: u32) -> bool {
    let pid = Pid::from_u32(pid);
    let Ok(mut system) = System::new() else {
        return false;
    };
    let kind = ProcessRefreshKind::nothing().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    system.process(pid).is_some_and(|process| !is_gone(process))
}

/// New path for a running program, so that a new program can take its name.
pub fn moved_away(program: &Path) -> PathBuf {
    let mut name = program.file_name().unwrap_or_default().to_owned();
    name.push(".previous");
    program.with_file_name(name)
}

/// Whether the path that the system shows for a running process is `program`. If the program was replaced while it
/// runs, Linux shows it with a suffix, and Windows under its new name.
pub fn is_program(running: &str, program: &Path) -> bool {
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
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .arg("--list")
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        child.wait().unwrap();
        assert!(!is_alive(child.id()));
    }
}
