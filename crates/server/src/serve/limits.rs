//! How many connections there may be, from what the system lets one process open.
//!
//! Must leave handles for the control port, the database, the log and mail, whatever happens on the HTTP port.

/// Connections to a listener at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) total: usize,
    /// From one address (of IPv6: one /64) that is no trusted proxy.
    pub(super) per_address: usize,
}

/// No more, even where the system allows it: each costs memory.
const MOST: usize = 4096;
/// Handles that connections to the HTTP port never take.
const RESERVE: usize = 256;
/// What is assumed where the system has no such limit.
const UNLIMITED: usize = 1 << 20;

impl Limits {
    /// The control port is for a few programs on this machine.
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

    /// Sockets that may exist at once: those with a place, and those that are being closed.
    pub(super) fn sockets(self) -> usize {
        self.total + (self.total / 8).max(4)
    }
}

/// Lets this process open as many files as its administrator allows. Returns how many that is.
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
