//! Lays the files of a package into a folder, with fixed rights and times.

use std::fs::{self, FileTimes};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};

use super::stamp::Stamp;

pub(super) const PROGRAM: u32 = 0o755;
pub(super) const DATA: u32 = 0o644;

/// A file of a package.
pub(super) struct File {
    /// Where the package puts it, for example `/usr/bin/testkeep`.
    pub(super) target: String,
    pub(super) content: Content,
    pub(super) mode: u32,
}

pub(super) enum Content {
    Copy(PathBuf),
    Text(String),
    /// A copy of the file, compressed, as man pages and change logs must be.
    Compressed(PathBuf),
    CompressedText(String),
}

impl File {
    pub(super) fn program(target: impl Into<String>, source: PathBuf) -> Self {
        Self { target: target.into(), content: Content::Copy(source), mode: PROGRAM }
    }
    pub(super) fn data(target: impl Into<String>, content: Content) -> Self {
        Self { target: target.into(), content, mode: DATA }
    }
    /// Where the file lies below `root`.
    pub(super) fn below(&self, root: &Path) -> PathBuf {
        root.join(self.target.trim_start_matches('/'))
    }
}

pub(super) fn lay(files: &[File], root: &Path, stamp: &Stamp) -> Result<()> {
    for file in files {
        let path = file.below(root);
        write(file, &path, stamp).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn write(file: &File, path: &Path, stamp: &Stamp) -> Result<()> {
    create_parents(path)?;
    let bytes = match &file.content {
        Content::Copy(source) => read(source)?,
        Content::Text(text) => text.clone().into_bytes(),
        Content::Compressed(source) => compressed(&read(source)?, Compression::best())?,
        Content::CompressedText(text) => compressed(text.as_bytes(), Compression::best())?,
    };
    fs::write(path, bytes)?;
    set_mode(path, file.mode)?;
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(stamp.seconds());
    Ok(fs::File::options().append(true).open(path)?.set_times(FileTimes::new().set_modified(time))?)
}

fn read(source: &Path) -> Result<Vec<u8>> {
    fs::read(source).with_context(|| format!("cannot read {}", source.display()))
}

/// The rights of folders must not depend on the umask.
fn create_parents(path: &Path) -> Result<()> {
    let missing: Vec<_> = path.ancestors().skip(1).take_while(|folder| !folder.is_dir()).collect();
    for folder in missing.into_iter().rev() {
        fs::create_dir(folder)?;
        set_mode(folder, PROGRAM)?;
    }
    Ok(())
}

/// The rights of a file or folder; other systems, on which nothing is packaged, have none.
pub(super) fn set_mode(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

pub(super) fn mode_of(metadata: &fs::Metadata) -> u32 {
    #[cfg(unix)]
    {
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & PROGRAM
    }
    #[cfg(not(unix))]
    {
        if metadata.is_dir() { PROGRAM } else { DATA }
    }
}

/// Without name and time, as `gzip -n` does.
pub(super) fn compressed(bytes: &[u8], level: Compression) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().write(Vec::new(), level);
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?)
}
