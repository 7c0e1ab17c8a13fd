//! A command and all processes it started, found by the parent numbers that the system lists.
//!
//! A process that detaches on purpose (its parent ends and it does not) is no longer in the tree. Process numbers are
//! reused: must never signal a process that only got the number of an ended one.

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System};

pub(crate) struct Tree {
    system: System,
    members: Vec<Member>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Member {
    pid: Pid,
    /// Seconds since 1970. A different process with the same number has a later start time.
    started: u64,
}

impl Member {
    fn of(process: &Process) -> Self {
        Self { pid: process.pid(), started: process.start_time() }
    }
}

impl Tree {
    /// The process with this number and all its descendants. `None`: the system does not list processes.
    pub(crate) fn below(root: u32) -> Option<Self> {
        let mut tree = Self { system: System::new().ok()?, members: Vec::new() };
        tree.refresh();
        tree.members.extend(tree.system.process(Pid::from_u32(root)).map(Member::of));
        tree.grow();
        Some(tree)
    }

    /// Removes ended processes and adds newly started ones; `false`: no process is left.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.refresh();
        let system = &self.system;
        self.members.retain(|member| {
            system.process(member.pid).is_some_and(|it| Member::of(it) == *member && !has_ended(it))
        });
        self.grow();
        !self.members.is_empty()
    }

    /// Sends the signal to each process, the oldest first.
    #[cfg(unix)]
    pub(crate) fn signal(&self, number: i32) {
        use rustix::process::{Pid, Signal, kill_process};
        let Some(signal) = Signal::from_named_raw(number) else { return };
        for pid in self.members.iter().filter_map(|it| i32::try_from(it.pid.as_u32()).ok()) {
            if let Some(pid) = Pid::from_raw(pid) {
                let _ended_meanwhile = kill_process(pid, signal);
            }
        }
    }

    /// Kills each process.
    pub(crate) fn kill(&self) {
        for process in self.members.iter().filter_map(|it| self.system.process(it.pid)) {
            let _ended_meanwhile = process.kill();
        }
    }

    fn refresh(&mut self) {
        let kind = ProcessRefreshKind::nothing().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    }

    fn grow(&mut self) {
        let mut next = 0;
        while let Some(parent) = self.members.get(next).map(|it| it.pid) {
            let children = self.system.processes().values().filter(|it| it.parent() == Some(parent));
            let new: Vec<_> = children.map(Member::of).filter(|it| !self.members.contains(it)).collect();
            self.members.extend(new);
            next += 1;
        }
    }
}

/// The process has ended, but its parent has not read its exit code yet.
fn has_ended(process: &Process) -> bool {
    matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}
