//! The text of a unit file. One pure function; everything it depends on is in [`Unit`].
//!
//! Must never contain a key that the system's version of systemd does not know: it would warn at every start.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Restarts with growing pauses came with this version.
const BACK_OFF_SINCE: u32 = 254;
/// The last port that needs a capability.
const LAST_PRIVILEGED_PORT: u16 = 1023;

/// What the text depends on.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) destination: PathBuf,
    pub(super) program: PathBuf,
    pub(super) config_file: PathBuf,
    /// The lowest port that the server listens on.
    pub(super) lowest_port: u16,
    /// Folders that the server writes to.
    pub(super) writable: Vec<PathBuf>,
    /// The account of a system service; `None`: a user's own service.
    pub(super) account: Option<String>,
    /// The version of systemd.
    pub(super) version: u32,
    /// Registering allowed lingering, so removing the service takes it back.
    pub(super) made_lingering: bool,
}

/// The section for Testkeep itself; systemd ignores sections that begin with `X-`.
pub(super) const OWN_SECTION: &str = "[X-Testkeep]";
pub(super) const MADE_LINGERING: &str = "MadeLingering=yes";

pub(super) fn text(unit: &Unit) -> String {
    let mut text = String::new();
    head(&mut text, unit);
    service(&mut text, unit);
    match &unit.account {
        Some(account) => {
            let _ = write!(text, "User={account}\nGroup={account}\n");
            sandbox(&mut text, unit);
        }
        None => text.push_str("NoNewPrivileges=yes\n"),
    }
    let target = if unit.account.is_some() { "multi-user.target" } else { "default.target" };
    let _ = write!(text, "\n[Install]\nWantedBy={target}\n\n{OWN_SECTION}\n");
    let _ = writeln!(text, "Destination={}", unit.destination.display());
    if unit.made_lingering {
        let _ = writeln!(text, "{MADE_LINGERING}");
    }
    text
}

fn head(text: &mut String, unit: &Unit) {
    text.push_str(
        "# Written by testkeep-server service install, which replaces it. Your own settings: systemctl edit\n[Unit]\n",
    );
    let _ = writeln!(text, "Description=Testkeep server in {}", escaped(&unit.destination));
    if unit.account.is_some() {
        text.push_str("After=network.target postgresql.service\n");
    }
    // With growing pauses no limit is needed; without them, a server that cannot start is given up some day.
    let limit = if has_back_off(unit) {
        "StartLimitIntervalSec=0\n"
    } else {
        "StartLimitIntervalSec=10min\nStartLimitBurst=100\n"
    };
    text.push_str(limit);
}

fn has_back_off(unit: &Unit) -> bool {
    unit.version >= BACK_OFF_SINCE
}

fn service(text: &mut String, unit: &Unit) {
    let _ = write!(
        text,
        "\n[Service]\nType=notify\nNotifyAccess=main\nExecStart={} run --config {}\nWorkingDirectory={}\n",
        argument(&unit.program),
        argument(&unit.config_file),
        escaped(&unit.destination)
    );
    // 2: refused. Configuration or folder is wrong, and another start would not help.
    text.push_str("Restart=on-failure\nRestartPreventExitStatus=2\nRestartSec=500ms\n");
    if has_back_off(unit) {
        text.push_str("RestartSteps=6\nRestartMaxDelaySec=1min\n");
    }
    // The start may migrate a large database. A server that does not answer cannot be asked to end.
    text.push_str(
        "TimeoutStartSec=10min\nTimeoutStopSec=30s\nWatchdogSec=1min\nWatchdogSignal=SIGKILL\nLimitNOFILE=65536\n\
         UMask=0077\n",
    );
}

/// What the server cannot need is taken from it, so that one that was broken into can do little.
fn sandbox(text: &mut String, unit: &Unit) {
    if unit.lowest_port <= LAST_PRIVILEGED_PORT {
        text.push_str(
            "AmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n",
        );
    } else {
        // In a user namespace of its own it could not bind a privileged port.
        text.push_str("CapabilityBoundingSet=\nPrivateUsers=yes\n");
    }
    text.push_str(SANDBOX);
    let home = if unit.touches_homes() { "read-only" } else { "yes" };
    let _ = writeln!(text, "ProtectHome={home}");
    for folder in &unit.writable {
        let _ = writeln!(text, "ReadWritePaths={}", quoted(&format!("-{}", folder.display())));
    }
}

/// The UUID of the disk is part of the machine's ID. The rest of /proc stays visible for the same reason.
const SANDBOX: &str = "NoNewPrivileges=yes
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
BindReadOnlyPaths=-/dev/disk/by-uuid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
KeyringMode=private
LockPersonality=yes
MemoryDenyWriteExecute=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
";

impl Unit {
    fn touches_homes(&self) -> bool {
        let homes = ["/home", "/root", "/run/user"];
        let mut folders = self.writable.iter().map(PathBuf::as_path).chain([self.destination.as_path()]);
        folders.any(|folder| homes.iter().any(|home| folder.starts_with(home)))
    }
}

/// A path as a value that takes the rest of the line.
fn escaped(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

/// A path as one word of a list.
fn quoted(word: &str) -> String {
    let word = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    format!("\"{word}\"")
}

/// A path as one word of a command line, where `$` begins a variable.
fn argument(path: &Path) -> String {
    quoted(&path.display().to_string()).replace('$', "$$")
}

#[cfg(test)]
#[path = "unit_tests.rs"]
mod tests;
