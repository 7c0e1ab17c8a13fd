//! Stored files: what clients upload, and the long texts of results.
//!
//! A file is written as a stream to a place of its own, is on the disk before [`StoredFiles::save`] returns, and never
//! changes afterwards. Places contain the project's id, so two projects never share a file. Must never build a place from
//! a name that a client sent.

use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt as _, WriteMultipart};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use crate::Error;
use crate::disk::Disk;
use crate::http::error::Fields;
use crate::identity::token::create_token;

/// Maximum size of one uploaded file, in bytes. A packed body counts as unpacked.
pub(crate) const FILE_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Parts of a file that are written to the disk at the same time, 5 MiB each.
const PARTS_AT_ONCE: usize = 2;

/// All stored files of an installation.
#[derive(Debug)]
pub(crate) struct StoredFiles {
    folder: PathBuf,
    disk: Disk,
    opened: OnceCell<Arc<dyn ObjectStore>>,
}

/// A file that was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Saved {
    pub place: String,
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub hash: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveError {
    #[error("the body ended early: {0}")]
    Body(String),
    #[error("the body is larger than {0} bytes")]
    TooLarge(u64),
    #[error(transparent)]
    Store(#[from] object_store::Error),
    #[error(transparent)]
    Server(#[from] Error),
}

impl From<SaveError> for Error {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Body(_) => Self::Invalid {
                message: "The file did not arrive completely. Send it again.".into(),
                fields: Fields::new(),
            },
            SaveError::TooLarge(limit) => Self::TooLarge(format!(
                "A file may have at most {} MiB. Send the reports in several uploads.",
                limit / 1024 / 1024
            )),
            SaveError::Store(error) => storage_error(&error),
            SaveError::Server(error) => error,
        }
    }
}

/// The error for a stored file that cannot be read or written.
pub(crate) fn storage_error(error: &object_store::Error) -> Error {
    Error::Unavailable {
        message: "Uploaded files cannot be stored or read at the moment. Tell your server admin to check the upload \
                  location: its disk, its free space and its rights.",
        cause: error.to_string(),
    }
}

impl StoredFiles {
    /// `folder` is used and created when the first file is stored or read.
    pub(crate) fn new(folder: PathBuf, disk: Disk) -> Self {
        Self { folder, disk, opened: OnceCell::new() }
    }

    async fn store(&self) -> Result<&Arc<dyn ObjectStore>, Error> {
        let open = || async {
            let folder = self.folder.clone();
            let create = move || {
                std::fs::create_dir_all(&folder)?;
                LocalFileSystem::new_with_prefix(&folder).map_err(io::Error::other)
            };
            let local = self.disk.run(&self.folder, create).await.map_err(|error| Error::Unavailable {
                message: "The upload location cannot be used. Tell your server admin; the server's log says why.",
                cause: error.to_string(),
            })?;
            let store: Arc<dyn ObjectStore> = Arc::new(local.with_fsync(true).with_automatic_cleanup(true));
            Ok(store)
        };
        self.opened.get_or_try_init(open).await
    }

    /// A new place for a file of a project.
    pub(crate) fn new_place(project_id: i64) -> Result<String, Error> {
        let token = create_token()?;
        Ok(format!("{project_id}/{}/{}", &token[..2], &token[2..34]))
    }

    /// Stores a file of at most `limit` bytes. After an error nothing is stored.
    pub(crate) async fn save<E: std::fmt::Display>(
        &self,
        project_id: i64,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
        limit: u64,
    ) -> Result<Saved, SaveError> {
        let mut writer = self.write(project_id).await?;
        loop {
            let Some(piece) = body.next().await else { return writer.finish().await };
            let problem = match piece {
                Ok(piece) if writer.size + piece.len() as u64 <= limit => match writer.push(piece).await {
                    Ok(()) => continue,
                    Err(error) => error,
                },
                Ok(_) => SaveError::TooLarge(limit),
                Err(error) => SaveError::Body(error.to_string()),
            };
            writer.abort().await;
            return Err(problem);
        }
    }

    /// Begins a file at a new place.
    pub(crate) async fn write(&self, project_id: i64) -> Result<Writer, SaveError> {
        let place = Self::new_place(project_id)?;
        let upload = self.store().await?.put_multipart(&Path::from(place.as_str())).await?;
        Ok(Writer { place, size: 0, hash: Sha256::new(), upload: WriteMultipart::new(upload) })
    }

    /// The path of a file, for work on a thread. `None`: the file does not exist.
    pub(crate) async fn find_path(&self, place: &str) -> Result<Option<PathBuf>, Error> {
        match self.store().await?.get(&Path::from(place)).await {
            Ok(found) => match found.payload {
                GetResultPayload::File(_, path) => Ok(Some(path)),
                GetResultPayload::Stream(_) => {
                    Err(Error::internal("the file is not on a disk of this machine"))
                }
            },
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(storage_error(&error)),
        }
    }

    /// Size and content of a file.
    pub(crate) async fn stream(
        &self,
        place: &str,
    ) -> Result<(u64, impl Stream<Item = Result<Bytes, object_store::Error>> + Send + 'static), Error> {
        let found =
            self.store().await?.get(&Path::from(place)).await.map_err(|error| storage_error(&error))?;
        Ok((found.meta.size, found.into_stream()))
    }

    pub(crate) async fn read_range(&self, place: &str, range: Range<u64>) -> Result<Bytes, Error> {
        let read = self.store().await?.get_range(&Path::from(place), range).await;
        read.map_err(|error| storage_error(&error))
    }

    /// A file that does not exist is no error.
    pub(crate) async fn delete(&self, place: &str) -> Result<(), Error> {
        match self.store().await?.delete(&Path::from(place)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(storage_error(&error)),
        }
    }
}

/// A file that is being written.
pub(crate) struct Writer {
    pub place: String,
    pub size: u64,
    hash: Sha256,
    upload: WriteMultipart,
}

impl Writer {
    pub(crate) async fn push(&mut self, piece: Bytes) -> Result<(), SaveError> {
        self.upload.wait_for_capacity(PARTS_AT_ONCE).await?;
        self.size += piece.len() as u64;
        self.hash.update(&piece);
        self.upload.put(piece);
        Ok(())
    }

    /// The file is on the disk when this returns.
    pub(crate) async fn finish(self) -> Result<Saved, SaveError> {
        self.upload.finish().await?;
        Ok(Saved { place: self.place, size: self.size, hash: hex::encode(self.hash.finalize()) })
    }

    pub(crate) async fn abort(self) {
        if let Err(error) = self.upload.abort().await {
            tracing::warn!(%error, place = self.place, "a file that was not stored completely could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn pieces(pieces: &[&'static str]) -> impl Stream<Item = Result<Bytes, String>> + Unpin {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        stream::iter(pieces)
    }

    #[tokio::test]
    async fn a_file_is_stored_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let files = StoredFiles::new(folder.path().join("uploads"), Disk::default());
        let saved = files.save(7, pieces(&["ab", "c"]), 3).await.unwrap();
        assert_eq!((saved.size, &saved.place[..2]), (3, "7/"));
        assert_eq!(saved.hash, hex::encode(Sha256::digest("abc")));
        assert_eq!(files.read_range(&saved.place, 1..3).await.unwrap(), "bc");
        assert!(matches!(files.save(7, pieces(&["ab", "cd"]), 3).await, Err(SaveError::TooLarge(3))));
        let broken = stream::iter([Ok(Bytes::from_static(b"ab")), Err("the peer is gone".to_owned())]);
        assert!(matches!(files.save(7, broken, 3).await, Err(SaveError::Body(_))));
        files.delete(&saved.place).await.unwrap();
        files.delete(&saved.place).await.unwrap();
        let mut left = walk(folder.path());
        left.retain(|path| path.is_file());
        assert!(left.is_empty(), "{left:?}");
        let empty = files.save(7, pieces(&[]), 3).await.unwrap();
        assert_eq!(empty.size, 0);
    }

    fn walk(folder: &std::path::Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
    }
}
