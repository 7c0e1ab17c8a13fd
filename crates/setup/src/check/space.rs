//! Free space on the disk that a folder will be on.

use std::path::Path;

use testkeep_domain::Finding;
use testkeep_domain::desktop::DiskSpace;

const NEEDED: u64 = 500 * 1000 * 1000;
const COMFORTABLE: u64 = 5 * 1000 * 1000 * 1000;

/// Sizes in bytes of the disk under a folder; `None` if the system does not report them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Space {
    pub free: Option<u64>,
    pub total: Option<u64>,
}

/// Queries the file system of `existing`, a folder that exists.
pub fn measure(existing: &Path) -> Space {
    Space { free: fs4::available_space(existing).ok(), total: fs4::total_space(existing).ok() }
}

/// The disk of a folder that exists; `None` if the system does not report its sizes.
pub fn disk_space(existing: &Path) -> Option<DiskSpace> {
    let Space { free, total } = measure(existing);
    Some(DiskSpace { free: free?, total: total? })
}

pub(super) fn judge(free: Option<u64>) -> Finding {
    const FIELD: &str = "destination";
    let Some(free) = free else {
        let message = "The system does not say how much space is free. Make sure it is at least 500 MB.";
        return Finding::warning(FIELD, "space_unknown", message);
    };
    let amount = readable(free);
    if free < NEEDED {
        let message =
            format!("Only {amount} are free; at least 500 MB are needed. Free some, or choose another disk.");
        Finding::error(FIELD, "disk_full", message)
    } else if free < COMFORTABLE {
        let message =
            format!("{amount} are free. That is enough to start; test results and uploads will need more.");
        Finding::warning(FIELD, "space_low", message)
    } else {
        Finding::ok(FIELD, "space", format!("{amount} free."))
    }
}

/// For example `1.5 GB`, in decimal units as disks are sold.
fn readable(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000_000 => format!("{} KB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        1_000_000_000..1_000_000_000_000 => format!("{} GB", tenths(1_000_000_000)),
        _ => format!("{} TB", tenths(1_000_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkeep_domain::Level;

    #[test]
    fn judges_and_reads_well() {
        assert_eq!(judge(Some(NEEDED - 1)).level, Level::Error);
        assert_eq!(judge(Some(NEEDED)).level, Level::Warning);
        assert_eq!(judge(Some(COMFORTABLE)).level, Level::Ok);
        assert_eq!(judge(None).level, Level::Warning);
        assert_eq!(readable(1_234_567_890), "1.2 GB");
        assert_eq!(readable(999), "0 KB");
        assert_eq!(readable(u64::MAX), "18446744.0 TB");
    }
}
