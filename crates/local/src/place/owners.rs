//! Finds accounts that could change an installation: the owners of all folders above it, and of its content.
//!
//! Trusted are root, the account that runs this program and, in the folders that it writes to, the account of the
//! installation's system service. Windows has no such check: there administrators may write
//! to folders below a disk's root, and the installer itself closes the folders with secrets.

use std::path::Path;

use testkeep_domain::Layout;

/// A problem, with a code for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distrust {
    pub code: &'static str,
    pub message: String,
}

/// Checks every folder and link on the way to `path`, and `path` itself if it exists. A missing folder is no error.
///
/// # Errors
/// The first folder or link that another account could change.
pub fn judge_way(path: &Path) -> Result<(), Distrust> {
    system::judge_way(path, None)
}

/// Checks the way to an installation, and the present content of its folders.
pub fn judge_installation(layout: &Layout) -> Result<(), Distrust> {
    let account = super::service_account(layout).map(|account| account.user);
    system::judge_way(layout.destination(), None)?;
    for folder in
        [layout.conf(), layout.bin(), layout.data(), layout.licenses(), layout.logs(), layout.backups()]
    {
        if folder.symlink_metadata().is_ok() {
            // Root runs what is in `bin`.
            let trusted = account.filter(|_| folder != layout.bin());
            system::judge_way(&folder, trusted)?;
            system::judge_entries(&folder, trusted)?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
mod system {
    use std::path::Path;

    use super::Distrust;

    #[expect(clippy::unnecessary_wraps, reason = "the other system refuses")]
    pub(super) fn judge_way(_: &Path, _: Option<u32>) -> Result<(), Distrust> {
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the other system refuses")]
    pub(super) fn judge_entries(_: &Path, _: Option<u32>) -> Result<(), Distrust> {
        Ok(())
    }
}

#[cfg(unix)]
mod system {
    use std::ffi::{OsStr, OsString};
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt;
    use std::path::{Component, Path, PathBuf};

    use super::Distrust;

    /// The same limit as the system's.
    const LINKS_MAX: usize = 40;
    /// At most this many entries of one folder are checked.
    const ENTRIES_MAX: usize = 10_000;
    const STICKY: u32 = 0o1000;

    pub(super) fn judge_way(path: &Path, trusted: Option<u32>) -> Result<(), Distrust> {
        let mut ahead: Vec<OsString> = names(path);
        let mut at = PathBuf::from("/");
        judge_folder(&at, &at, false, trusted)?;
        let mut links = 0;
        while let Some(name) = ahead.pop() {
            if name == ".." {
                at.pop();
                continue;
            }
            let next = at.join(&name);
            // A path that cannot be read is reported by other checks.
            let Ok(metadata) = next.symlink_metadata() else { return Ok(()) };
            if metadata.is_symlink() {
                judge_owner(&next, &metadata, trusted)?;
                links += 1;
                let Ok(target) = next.read_link() else { return Ok(()) };
                if links > LINKS_MAX {
                    return Err(too_many_links(path));
                }
                if target.is_absolute() {
                    at = PathBuf::from("/");
                }
                ahead.extend(names(&target));
            } else if metadata.is_dir() {
                judge_folder(&next, path, ahead.is_empty(), trusted)?;
                at = next;
            } else {
                return judge_file(&next, &metadata, trusted);
            }
        }
        Ok(())
    }

    /// The names of the path, the last one first.
    fn names(path: &Path) -> Vec<OsString> {
        let names = path.components().filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsStr::new("..").to_owned()),
            _ => None,
        });
        let mut names: Vec<OsString> = names.collect();
        names.reverse();
        names
    }

    fn judge_folder(
        folder: &Path,
        path: &Path,
        is_the_place_itself: bool,
        trusted: Option<u32>,
    ) -> Result<(), Distrust> {
        let Ok(metadata) = folder.symlink_metadata() else { return Ok(()) };
        judge_owner(folder, &metadata, trusted)?;
        // In a shared folder, for example /tmp, an account cannot replace the files of another, but every account can
        // add files.
        let is_shared_well = metadata.mode() & STICKY != 0 && !is_the_place_itself;
        if is_shared_well || !is_writable_by_others(folder, &metadata) {
            return Ok(());
        }
        let message = format!(
            "Others may write to {} (mode {:04o}) and so could change what is installed in {}. Choose a folder below \
             one that only its owner may write to, or take the right away: chmod go-w '{}'",
            folder.display(),
            metadata.mode() & 0o7777,
            path.display(),
            folder.display()
        );
        Err(Distrust { code: "writable_by_others", message })
    }

    fn judge_owner(path: &Path, metadata: &Metadata, trusted: Option<u32>) -> Result<(), Distrust> {
        let me = rustix::process::geteuid().as_raw();
        if metadata.uid() == 0 || metadata.uid() == me || Some(metadata.uid()) == trusted {
            return Ok(());
        }
        let message = format!(
            "{} belongs to another user (number {}), who could change what is installed there. Run this as that user, \
             or choose a folder that belongs to you or to root, on a way that does too.",
            path.display(),
            metadata.uid()
        );
        Err(Distrust { code: "foreign_owner", message })
    }

    pub(super) fn judge_entries(folder: &Path, trusted: Option<u32>) -> Result<(), Distrust> {
        let Ok(entries) = folder.read_dir() else { return Ok(()) };
        for entry in entries.take(ENTRIES_MAX).flatten() {
            let path = entry.path();
            match entry.metadata() {
                // A link that the service's account made could lead root anywhere.
                Ok(metadata) if metadata.is_symlink() => judge_way(&path, None)?,
                Ok(metadata) if metadata.is_dir() => judge_folder(&path, folder, true, trusted)?,
                Ok(metadata) => judge_file(&path, &metadata, trusted)?,
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn judge_file(file: &Path, metadata: &Metadata, trusted: Option<u32>) -> Result<(), Distrust> {
        judge_owner(file, metadata, trusted)?;
        if !is_writable_by_others(file, metadata) {
            return Ok(());
        }
        let message = format!(
            "Others may write to {} (mode {:04o}). Look whether it is as it should be, then take the right away: \
             chmod go-w '{}'",
            file.display(),
            metadata.mode() & 0o7777,
            file.display()
        );
        Err(Distrust { code: "writable_by_others", message })
    }

    /// A group counts as other accounts unless it is root's or our own. If the file has an access list, the group bits
    /// are the most that any account on the list may do.
    fn is_writable_by_others(path: &Path, metadata: &Metadata) -> bool {
        let by_group = metadata.mode() & 0o020 != 0;
        let own_group = metadata.gid() == 0 || metadata.gid() == rustix::process::getegid().as_raw();
        metadata.mode() & 0o002 != 0 || (by_group && (!own_group || has_access_list(path)))
    }

    #[cfg(target_os = "linux")]
    fn has_access_list(path: &Path) -> bool {
        let mut list = [0_u8; 4096];
        match rustix::fs::lgetxattr(path, c"system.posix_acl_access", &mut list) {
            Ok(_) | Err(rustix::io::Errno::RANGE) => true,
            Err(_) => false,
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn has_access_list(_: &Path) -> bool {
        false
    }

    fn too_many_links(path: &Path) -> Distrust {
        let message = format!("{} leads through too many links. Enter the folder itself.", path.display());
        Distrust { code: "too_many_links", message }
    }
}

#[cfg(all(test, target_os = "linux"))]
#[path = "owners_tests.rs"]
mod tests;
