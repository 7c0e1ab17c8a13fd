//! Writes files so that a kill or a power cut leaves either the old content or the new one, never half of it.
//!
//! Every write goes to a temporary file in the same folder, is flushed to the disk and then renamed.

use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use testkeep_domain::{encoding, user_file};

use crate::place::require_private;

/// Who may read a written file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Everyone,
    /// Everyone may read and run it.
    Program,
    /// Its owner alone; on Windows the folder's access list decides.
    Owner,
}

/// Writes `content` to `path`, all or nothing.
pub fn write_atomic(path: &Path, content: &[u8], access: Access) -> io::Result<()> {
    let temporary = temporary_for(path)?;
    let written = create(&temporary, access).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    finish(written, &temporary, path)
}

/// Writes a file that only its owner can read to `path`, all or nothing, and creates the folder if it is missing. On
/// Windows the file has the rights of its folder.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    write_atomic(path, content, Access::Owner)
}

/// Copies a file of any size to `path`, all or nothing.
pub fn copy_atomic(source: &Path, path: &Path, access: Access) -> io::Result<()> {
    let temporary = temporary_for(path)?;
    let written = user_file::open(source).map_err(Into::into).and_then(|mut source| {
        let mut file = create(&temporary, access)?;
        io::copy(&mut source, &mut file)?;
        file.sync_all()
    });
    finish(written, &temporary, path)
}

fn finish(written: io::Result<()>, temporary: &Path, path: &Path) -> io::Result<()> {
    let moved = written.and_then(|()| fs::rename(temporary, path));
    if moved.is_err() {
        let _ = fs::remove_file(temporary);
    } else {
        sync_folder(path);
    }
    moved
}

/// The file's name is stored in the folder; without this call a power cut may lose it. Windows has no such call and
/// needs none.
fn sync_folder(path: &Path) {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

fn create(path: &Path, access: Access) -> io::Result<File> {
    // Left over from a killed run, or a link that another account put there: it must never be written through.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(mode(access));
    }
    let file = options.open(path)?;
    // The umask of the process may have removed bits.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(fs::Permissions::from_mode(mode(access)))?;
    }
    if access == Access::Owner {
        // Checked before a secret is written to it.
        require_private(&file)?;
    }
    #[cfg(unix)]
    belong_to_folder(&file, path)?;
    Ok(file)
}

/// In the folders of a service, root writes files for the service's account, which owns these folders.
#[cfg(unix)]
fn belong_to_folder(file: &File, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let Some(folder) = path.parent().filter(|_| crate::place::is_root()) else { return Ok(()) };
    let folder = folder.metadata()?;
    if folder.uid() == 0 {
        return Ok(());
    }
    fchown(file, Some(folder.uid()), Some(folder.gid()))
}

#[cfg(unix)]
fn mode(access: Access) -> u32 {
    match access {
        Access::Everyone => 0o644,
        Access::Program => 0o755,
        Access::Owner => 0o600,
    }
}

/// One name per target, so that the next run overwrites a killed run's file instead of adding another.
fn temporary_for(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::other("the path names no file"))?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(".tmp");
    Ok(path.with_file_name(temporary))
}

/// Whether `path` is a file that a killed write of `name` leaves behind.
pub fn is_unfinished(path: &Path, name: &str) -> bool {
    path.file_name().and_then(|file| file.to_str()).is_some_and(|file| file == format!(".{name}.tmp"))
        && path.symlink_metadata().is_ok_and(|metadata| metadata.is_file())
}

const PROBE: &str = ".testkeep-probe-";

/// Whether `path` is a probe file: left behind by a killed check, or about to be removed by a running one.
pub fn is_probe(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(PROBE))
        && path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0)
}

/// Creates an empty file in `folder` that only its owner can read, passes it to `look`, and removes it.
pub fn probe<T>(folder: &Path, look: impl FnOnce(&File) -> T) -> io::Result<T> {
    let probe = folder.join(format!("{PROBE}{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode(Access::Owner));
    let file = match options.open(&probe) {
        // Left by a killed process with the same number.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(&probe)?;
            options.open(&probe)?
        }
        opened => opened?,
    };
    let seen = look(&file);
    drop(file);
    fs::remove_file(&probe)?;
    Ok(seen)
}

pub fn probe_writable(folder: &Path) -> io::Result<()> {
    probe(folder, |_| ())
}

/// Whether two files have the same bytes; `false` when either is missing.
pub fn same_content(one: &Path, other: &Path) -> bool {
    let open = |path: &Path| -> io::Result<(u64, File)> {
        let file = user_file::open(path)?;
        Ok((file.metadata()?.len(), file))
    };
    let (Ok((one_length, mut one)), Ok((other_length, mut other))) = (open(one), open(other)) else {
        return false;
    };
    if one_length != other_length {
        return false;
    }
    let (mut left, mut right) = (vec![0; 128 * 1024], vec![0; 128 * 1024]);
    loop {
        match (fill(&mut one, &mut left), fill(&mut other, &mut right)) {
            (Ok(0), Ok(0)) => return true,
            (Ok(l), Ok(r)) if left[..l] == right[..r] => {}
            _ => return false,
        }
    }
}

fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

/// Reads at most `limit` bytes of a text file, in the encodings that editors use; bytes that are not text become
/// `U+FFFD`.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    user_file::open(path)?.take(limit).read_to_end(&mut bytes)?;
    let text = encoding::decode(&bytes).map(Cow::into_owned);
    Ok(text.unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("ü.toml");
        fs::write(place.path().join(".ü.toml.tmp"), "half of it").unwrap();
        write_atomic(&path, b"one", Access::Owner).unwrap();
        write_atomic(&path, b"two", Access::Owner).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let copy = place.path().join("copy");
        copy_atomic(&path, &copy, Access::Program).unwrap();
        assert!(same_content(&path, &copy));
        fs::write(&copy, "six").unwrap();
        assert!(!same_content(&path, &copy) && !same_content(&path, &place.path().join("none")));
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o755);
        }
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("folder");
        fs::create_dir_all(folder.join("full")).unwrap();
        assert!(write_atomic(&folder, b"x", Access::Everyone).is_err());
        assert!(copy_atomic(&place.path().join("none"), &place.path().join("c"), Access::Everyone).is_err());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
        assert!(probe_writable(place.path()).is_ok() && probe_writable(&place.path().join("none")).is_err());
    }
}
