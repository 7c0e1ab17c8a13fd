//! Limits for the number of connections, computed from the number of files that the system lets a process open.
//!
//! Must always leave file handles for the control port, the database, the log and mail.

/// Maximum numbers of connections to one listener at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) total: usize,
    /// From one IP address (for IPv6: one /64) that is not a trusted proxy.
    pub(super) per_address: usize,
}

/// Upper limit, even where the system allows more, because each connection costs memory.
const MOST: usize = 4096;
/// File handles that connections to the HTTP port never use.
const RESERVE: usize = 256;
/// Assumed when the system has no limit.
const UNLIMITED: usize = 1 << 20;

impl Limits {
    /// Few programs on this machine use the control port.
    pub(super) const CONTROL: Self = Self { total: 64, per_address: 64 };

    pub(super) fn of_http() -> Self {
        Self::within(open_files())
    }

    fn within(open_files: usize) -> Self {
        // A quarter of the rest is for connections that are being closed.
        let usable = open_files.saturating_sub(RESERVE.min(open_files / 2));
        let total = (usable - usable / 4).clamp(8, MOST);
        Self { total, per_address: (total / 4).max(4) }
    }

    /// Maximum number of sockets at the same time: connections with a slot, and connections that are being closed.
    pub(super) fn sockets(self) -> usize {
        self.total + (self.total / 8).max(4)
    }
}

/// Raises this process's limit of open files to the maximum the administrator allows. Returns that number.
pub fn raise_open_files() -> usize {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        if current != maximum
            && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })
        {
            tracing::warn!(%error, "cannot raise the limit of open files");
        }
    }
    open_files()
}

fn open_files() -> usize {
    #[cfg(unix)]
    {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
        limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(UNLIMITED)
    }
    #[cfg(not(unix))]
    UNLIMITED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_handles_for_everything_else() {
        for open_files in [32, 64, 256, 512, 1024, 4096, 65_536, UNLIMITED] {
            let limits = Limits::within(open_files);
            let left = open_files - limits.sockets();
            assert!(left >= (RESERVE.min(open_files / 2)), "{limits:?} of {open_files}");
            assert!(limits.per_address * 2 <= limits.total, "{limits:?}");
        }
        assert_eq!(Limits::within(1024), Limits { total: 576, per_address: 144 });
        assert_eq!(Limits::within(UNLIMITED), Limits { total: MOST, per_address: 1024 });
    }
}
