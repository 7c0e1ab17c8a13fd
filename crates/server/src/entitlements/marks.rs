//! Detects a second installation that uses the same license file on this machine.
//!
//! A running server keeps a locked, empty file for each license in a folder where every account of the machine may
//! write. The file's name contains the license and the installation, which means the database. Must never use more of a
//! foreign file than its name and its lock, and never follow a link.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, TryLockError as TryLockErrorOfMutex};

use testkeep_domain::user_file;
use uuid::Uuid;

const PREFIX: &str = "testkeep-license";
/// Maximum number of entries of the folder that are read.
const LOOKED_AT: usize = 10_000;

/// This installation's marks, and the result of the last search.
#[derive(Default)]
pub struct Marks {
    /// Locked while this server runs. The mutex is held during a search.
    own: Mutex<BTreeMap<Uuid, (PathBuf, File)>>,
    /// Licenses that another installation on this machine uses now. The mutex is held only for a moment.
    shared: Mutex<BTreeSet<Uuid>>,
}

impl Marks {
    /// Marks these licenses as used by `installation` (letters and digits) and searches for other installations with
    /// the same licenses. Returns the licenses that were not found by the last search.
    ///
    /// # Errors
    /// The folder cannot be read or written, or another search runs.
    pub fn look(&self, licenses: &[Uuid], installation: &str) -> io::Result<Vec<Uuid>> {
        let folder = folder();
        // If a slow disk delays a search, later searches fail at once instead of waiting for it.
        let mut own = match self.own.try_lock() {
            Ok(own) => own,
            Err(TryLockErrorOfMutex::Poisoned(own)) => own.into_inner(),
            Err(TryLockErrorOfMutex::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
        };
        // Those that ended or were replaced: another installation may use them now.
        let ended = own.keys().filter(|license| !licenses.contains(license)).copied().collect::<Vec<_>>();
        for (path, file) in ended.iter().filter_map(|license| own.remove(license)) {
            release(&path, &file);
        }
        for license in licenses {
            let is_there = own.get(license).is_some_and(|(path, _)| path.exists());
            if !is_there {
                own.insert(*license, claim(&folder, *license, installation)?);
            }
        }
        let found = others(&folder, licenses, installation)?;
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let new = found.difference(&shared).copied().collect();
        *shared = found;
        Ok(new)
    }

    /// Licenses that another installation used at the last search.
    pub fn shared(&self) -> BTreeSet<Uuid> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        let own = self.own.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (path, file) in own.values() {
            release(path, file);
        }
    }
}

/// A mark that cannot be removed is not locked any more, so that it counts for nothing.
fn release(path: &Path, file: &File) {
    let _ = file.unlock();
    let _ = fs::remove_file(path);
}

/// The folder where every account of the machine may write.
#[cfg(unix)]
pub(crate) fn folder() -> PathBuf {
    PathBuf::from("/var/tmp")
}

/// The same folder on Windows.
#[cfg(windows)]
pub fn folder() -> PathBuf {
    std::env::var_os("ProgramData").map_or_else(std::env::temp_dir, PathBuf::from)
}

/// Creates a new file, so that an existing link or pipe is never opened.
fn claim(folder: &Path, license: Uuid, installation: &str) -> io::Result<(PathBuf, File)> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let name = format!("{PREFIX}.{}.{installation}.{}", license.simple(), hex::encode(random));
    let path = folder.join(name);
    let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
    file.try_lock().map_err(io::Error::from)?;
    Ok((path, file))
}

/// Returns those of `licenses` that a running server of another installation has marked. Deletes marks of killed
/// servers.
fn others(folder: &Path, licenses: &[Uuid], installation: &str) -> io::Result<BTreeSet<Uuid>> {
    let mut shared = BTreeSet::new();
    for entry in fs::read_dir(folder)?.take(LOOKED_AT).filter_map(Result::ok) {
        let name = entry.file_name();
        let Some((license, whose)) = name.to_str().and_then(read_name) else { continue };
        let is_file = entry.path().symlink_metadata().is_ok_and(|it| it.is_file() && it.len() == 0);
        if is_file && is_alive(&entry.path()) && whose != installation && licenses.contains(&license) {
            shared.insert(license);
        }
    }
    Ok(shared)
}

fn read_name(name: &str) -> Option<(Uuid, &str)> {
    let mut parts = name.split('.');
    let (PREFIX, license, whose, _, None) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next())
    else {
        return None;
    };
    Some((Uuid::try_parse(license).ok()?, whose))
}

fn is_alive(path: &Path) -> bool {
    let Ok(file) = user_file::open(path) else { return false };
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => true,
        Ok(()) => {
            let _ = fs::remove_file(path);
            false
        }
        Err(TryLockError::Error(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_license_that_one_installation_gave_up_is_not_shared_any_more() {
        let license = Uuid::new_v4();
        let (one, other) = (Marks::default(), Marks::default());
        assert_eq!(one.look(&[license], "one").unwrap(), Vec::<Uuid>::new());
        assert_eq!(other.look(&[license], "other").unwrap(), [license]);
        assert_eq!(other.look(&[license], "other").unwrap(), Vec::<Uuid>::new(), "it was found before");
        assert_eq!(other.shared(), BTreeSet::from([license]));
        // Its file ended, or was replaced by another one.
        assert_eq!(one.look(&[], "one").unwrap(), Vec::<Uuid>::new());
        assert_eq!(other.look(&[license], "other").unwrap(), Vec::<Uuid>::new());
        assert_eq!(other.shared(), BTreeSet::new());
    }
}
