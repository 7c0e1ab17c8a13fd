//! Reads files of limited size. Writes a file completely or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use testkeep_domain::license::{MAX_BYTES, unpack};
use testkeep_domain::user_file;
use zeroize::Zeroizing;

use crate::IssuerError;

/// Reads a file of at most the maximum size of a license.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, IssuerError> {
    user_file::read(path, MAX_BYTES).map_err(IssuerError::Read)
}

/// Reads a license file. It may be quoted, encoded or zipped, as it arrives by mail.
pub(crate) fn read_license(path: &Path) -> Result<String, IssuerError> {
    unpack(&read(path)?).map_err(|source| IssuerError::License { path: path.to_owned(), source })
}

/// Reads the text of a key file. It is wiped from memory when dropped.
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, IssuerError> {
    user_file::read_text(path, MAX_BYTES).map(Zeroizing::new).map_err(IssuerError::Read)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Readable by the owner only: mode 0600 on systems with modes.
    Owner,
    Everyone,
}

/// Replaces `path` in one step. Only its owner can read it.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), IssuerError> {
    let wrong = |source| IssuerError::Write { path: path.to_owned(), source };
    let draft = write_draft(path, content, Audience::Owner).map_err(wrong)?;
    fs::rename(&draft, path).map_err(|source| {
        let _ = fs::remove_file(&draft);
        wrong(source)
    })
}

/// The paths of a new private and public key in `folder`. Creates the folder if it is missing.
pub(crate) fn new_pair(folder: &Path, names: [&str; 2]) -> Result<(PathBuf, PathBuf), IssuerError> {
    let [private_key, public_key] = names.map(|name| folder.join(name));
    if let Some(taken) = [&private_key, &public_key].into_iter().find(|path| path.symlink_metadata().is_ok())
    {
        return Err(IssuerError::Exists(taken.clone()));
    }
    fs::create_dir_all(folder).map_err(|source| IssuerError::Write { path: folder.to_owned(), source })?;
    Ok((private_key, public_key))
}

/// Creates `path` in one step. Never changes an existing file.
pub(crate) fn create(path: &Path, content: &[u8], audience: Audience) -> Result<(), IssuerError> {
    let wrong = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => IssuerError::Exists(path.to_owned()),
        _ => IssuerError::Write { path: path.to_owned(), source },
    };
    let draft = write_draft(path, content, audience).map_err(wrong)?;
    // A link fails if the name is taken; a rename would replace the file.
    let linked = fs::hard_link(&draft, path);
    let _ = fs::remove_file(&draft);
    match linked {
        Err(source) if source.kind() == io::ErrorKind::Unsupported => {
            write_new(path, content, audience).map_err(wrong)
        }
        linked => linked.map_err(wrong),
    }
}

fn write_draft(path: &Path, content: &[u8], audience: Audience) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let draft = path.with_file_name(format!(".{name}.{}.draft", std::process::id()));
    write_new(&draft, content, audience).inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })?;
    Ok(draft)
}

fn write_new(path: &Path, content: &[u8], audience: Audience) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    restrict(&mut options, audience);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions, audience: Audience) {
    use std::os::unix::fs::OpenOptionsExt as _;
    if audience == Audience::Owner {
        options.mode(0o600);
    }
}

/// On systems without modes a new file inherits the rights of its folder.
#[cfg(not(unix))]
fn restrict(_options: &mut OpenOptions, _audience: Audience) {}
