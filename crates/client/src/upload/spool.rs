//! Keeps uploads on this machine while the server is away. Each is a folder with `meta.json` and `body`.
//!
//! A folder appears whole or not at all. Size and age of all are limited. Only the account can read them; they contain
//! no API key. Must never remove a folder that it has not made.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use testkeep_domain::user_file;

use super::pack::copy_body;
use super::{Upload, UploadMeta};
use crate::private::create_private;

const FORMAT: u32 = 1;
const META: &str = "meta.json";
pub(super) const BODY: &str = "body";
const UNFINISHED: &str = ".new-";
/// Length of a kept upload's name.
const NAME: usize = 32;
const LARGEST_META: usize = 64 * 1024;
/// Size limit of all kept uploads together, in bytes.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
const LONGEST: TimeDelta = TimeDelta::days(14);

pub struct Spool {
    folder: PathBuf,
    most_bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    format: u32,
    kept_at: DateTime<Utc>,
    #[serde(flatten)]
    meta: UploadMeta,
}

/// A kept upload.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
    pub kept_at: DateTime<Utc>,
    pub meta: UploadMeta,
}

impl Spool {
    /// The folder is made when the first upload is kept.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder, most_bytes: MOST_BYTES }
    }

    #[cfg(test)]
    pub(super) fn with_room_for(self, most_bytes: u64) -> Self {
        Self { most_bytes, ..self }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the older uploads that were removed to make room.
    pub fn keep(&self, upload: &Upload, now: DateTime<Utc>) -> io::Result<Vec<Kept>> {
        if upload.meta.bytes > self.most_bytes {
            let limit = self.most_bytes / (1024 * 1024);
            return Err(io::Error::other(format!("it is larger than {limit} MiB")));
        }
        create_private(&self.folder)?;
        let folder = self.folder.join(folder_name(&upload.meta));
        if folder.join(META).exists() {
            return Ok(Vec::new());
        }
        let removed = self.make_room(upload.meta.bytes, now)?;
        // Readable by its owner alone.
        let unfinished = tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(&self.folder)?;
        write(unfinished.path(), upload, now)?;
        match fs::rename(unfinished.path(), &folder) {
            // Another program has kept the same upload meanwhile.
            Err(_) if folder.join(META).exists() => {}
            renamed => renamed?,
        }
        sync_folder(&self.folder)?;
        Ok(removed)
    }

    /// The kept uploads, oldest first. Removes those that are too old, and what an ended program left unfinished.
    pub fn list(&self, now: DateTime<Utc>) -> io::Result<Vec<Kept>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let folder = entry?.path();
            match read(&folder) {
                Some(kept) if now - kept.kept_at <= LONGEST => all.push(kept),
                Some(kept) => kept.remove(),
                None => remove_unfinished(&folder, now),
            }
        }
        all.sort_by(|a, b| (a.kept_at, &a.folder).cmp(&(b.kept_at, &b.folder)));
        Ok(all)
    }

    /// Until the file is dropped, no other program sends the kept uploads. `None`: another program does.
    pub fn lock(&self) -> io::Result<Option<File>> {
        let lock = File::create(self.folder.join(".lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn make_room(&self, bytes: u64, now: DateTime<Utc>) -> io::Result<Vec<Kept>> {
        let mut all = self.list(now)?;
        let mut used: u64 = all.iter().map(|kept| kept.meta.bytes).sum();
        let mut removed = Vec::new();
        while used + bytes > self.most_bytes && !all.is_empty() {
            let oldest = all.remove(0);
            used -= oldest.meta.bytes;
            oldest.remove();
            removed.push(oldest);
        }
        Ok(removed)
    }
}

impl Kept {
    #[cfg(test)]
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn open(&self) -> io::Result<Upload> {
        let body = user_file::open(&self.folder.join(BODY))?;
        if body.metadata()?.len() != self.meta.bytes {
            return Err(io::Error::other("its body has another size than when it was kept"));
        }
        Ok(Upload { meta: self.meta.clone(), body: Arc::new(body) })
    }

    /// Without its description a folder is no upload. A part that cannot be removed now is removed later.
    pub fn remove(&self) {
        if fs::remove_file(self.folder.join(META)).is_ok() {
            let _later = fs::remove_file(self.folder.join(BODY)).and_then(|()| fs::remove_dir(&self.folder));
        }
    }
}

/// The same upload has the same folder.
fn folder_name(meta: &UploadMeta) -> String {
    let mut name = hex::encode(Sha256::digest(format!("{}\n{}", meta.server, meta.key)));
    name.truncate(NAME);
    name
}

fn write(folder: &Path, upload: &Upload, now: DateTime<Utc>) -> io::Result<()> {
    let mut body = File::create(folder.join(BODY))?;
    copy_body(&upload.body, &mut body)?;
    body.sync_all()?;
    let mut meta = File::create(folder.join(META))?;
    let entry = Entry { format: FORMAT, kept_at: now, meta: upload.meta.clone() };
    serde_json::to_writer_pretty(&mut meta, &entry)?;
    meta.write_all(b"\n")?;
    meta.sync_all()?;
    sync_folder(folder)
}

/// `None`: it is not a finished upload that this version can read.
fn read(folder: &Path) -> Option<Kept> {
    let is_finished = !folder.file_name()?.to_string_lossy().starts_with(UNFINISHED);
    let bytes = is_finished.then(|| user_file::read(&folder.join(META), LARGEST_META).ok())??;
    let entry: Entry = serde_json::from_slice(&bytes).ok()?;
    let known = entry.format == FORMAT;
    known.then(|| Kept { folder: folder.to_owned(), kept_at: entry.kept_at, meta: entry.meta })
}

/// Removes a folder of ours that a program left while it wrote or removed an upload, a day later.
fn remove_unfinished(folder: &Path, now: DateTime<Utc>) {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let written = fs::metadata(folder).and_then(|metadata| metadata.modified()).map(DateTime::<Utc>::from);
    let is_old = written.is_ok_and(|written| now - written > TimeDelta::days(1));
    let has_our_name = name.len() == NAME && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_removed = has_our_name && !folder.join(META).exists();
    if is_old && (name.starts_with(UNFINISHED) || is_removed) {
        for file in [META, BODY] {
            let _absent = fs::remove_file(folder.join(file));
        }
        // Not with its content: what else is in it is not ours.
        let _not_empty = fs::remove_dir(folder);
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows writes folders by itself.
#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "the same signature on both systems")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
