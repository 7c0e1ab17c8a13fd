//! Files read within bounds and written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use testkeep_domain::license::read_bounded;
use zeroize::Zeroizing;

use crate::IssuerError;

/// At most one byte more than a license may have, whatever the size of the file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, IssuerError> {
    File::open(path)
        .and_then(read_bounded)
        .map_err(|source| IssuerError::Read { path: path.to_owned(), source })
}

/// Text of a key file; wiped when dropped.
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, IssuerError> {
    let bytes = Zeroizing::new(read(path)?);
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// 0600 where the system knows modes.
    Owner,
    Everyone,
}

/// Replaces `path` in one step; only its owner may read it.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), IssuerError> {
    let wrong = |source| IssuerError::Write { path: path.to_owned(), source };
    let draft = write_draft(path, content, Audience::Owner).map_err(wrong)?;
    fs::rename(&draft, path).map_err(|source| {
        let _ = fs::remove_file(&draft);
        wrong(source)
    })
}

/// Creates `path` in one step; never touches an existing file.
pub(crate) fn create(path: &Path, content: &[u8], audience: Audience) -> Result<(), IssuerError> {
    let wrong = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => IssuerError::Exists(path.to_owned()),
        _ => IssuerError::Write { path: path.to_owned(), source },
    };
    let draft = write_draft(path, content, audience).map_err(wrong)?;
    // Unlike a rename, a link fails when the name is taken.
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

/// Elsewhere a new file inherits the folder's rights.
#[cfg(not(unix))]
fn restrict(_options: &mut OpenOptions, _audience: Audience) {}
