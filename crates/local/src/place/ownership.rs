//! Gives folders of an installation to the account of its service, or back to root.
//!
//! Must never follow a link, and never change a file that has a second name elsewhere: the account that owned a folder
//! before could have put them there.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Gid, Mode, OFlags, Uid, chownat, fchown, openat, statat};

use super::Account;

/// Gives every folder that exists, with its content, to `account`.
///
/// # Errors
/// A folder cannot be read or given away, or contains a link that root should not touch.
pub fn give(folders: &[PathBuf], account: &Account) -> io::Result<()> {
    for folder in folders {
        match open_folder(CWD, folder) {
            Ok(opened) => give_folder(&opened, folder, account)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(at(folder, &error)),
        }
    }
    Ok(())
}

fn open_folder(parent: impl AsFd, name: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(openat(parent, name, flags, Mode::empty())?)
}

fn give_folder(folder: &OwnedFd, path: &Path, account: &Account) -> io::Result<()> {
    let (user, group) = (Some(Uid::from_raw(account.user)), Some(Gid::from_raw(account.group)));
    fchown(folder, user, group).map_err(|error| at(path, &error.into()))?;
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = Path::new(OsStr::from_bytes(entry.file_name().to_bytes()));
        if name == Path::new(".") || name == Path::new("..") {
            continue;
        }
        let full = path.join(name);
        let found =
            statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|error| at(&full, &error.into()))?;
        match FileType::from_raw_mode(found.st_mode) {
            FileType::Directory => give_folder(&open_folder(folder, name)?, &full, account)?,
            FileType::RegularFile if found.st_nlink > 1 => return Err(second_name(&full)),
            _ => chownat(folder, name, user, group, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(|error| at(&full, &error.into()))?,
        }
    }
    Ok(())
}

fn second_name(path: &Path) -> io::Error {
    io::Error::other(format!(
        "{} has a second name elsewhere (a hard link), so it is not given to another account. Replace it by a copy",
        path.display()
    ))
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An account may give its files to itself.
    fn me() -> Account {
        let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        Account { name: "me".into(), user, group, comment: String::new() }
    }

    #[test]
    fn a_file_with_a_second_name_is_refused_and_a_link_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("data");
        std::fs::create_dir_all(folder.join("deep")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", folder.join("deep/link")).unwrap();
        let folders = [folder.clone(), place.path().join("missing")];
        give(&folders, &me()).unwrap();
        std::fs::write(place.path().join("outside"), "x").unwrap();
        std::fs::hard_link(place.path().join("outside"), folder.join("deep/hard")).unwrap();
        assert!(give(&folders, &me()).unwrap_err().to_string().contains("second name"));
        std::os::unix::fs::symlink(&folder, place.path().join("way")).unwrap();
        assert!(give(&[place.path().join("way")], &me()).is_err(), "the folder itself is a link");
    }
}
