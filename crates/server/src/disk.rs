//! Access to files while the server runs: on threads of its own and with a time limit.
//!
//! Reading a pipe, or a file on a lost network disk, may never end, and a runtime worker that reads it serves no
//! requests. So a few separate threads read and write files, and the caller waits only for a limited time. The test
//! `boundaries` finds code that accesses files elsewhere. A caller must never hold a lock that others need.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use testkeep_domain::user_file::{self, UserFileError};
use tokio::sync::Semaphore;

/// Maximum number of threads that wait for disks at the same time.
const PERMITS: usize = 8;
/// Much longer than any working disk needs, and shorter than the limit of the request or job that waits.
const WITHIN: Duration = Duration::from_secs(3);

/// Maximum number of threads with work that takes long, for example reading a report.
const LONG_PERMITS: usize = 2;

/// Runs work on files. Clones share the same permits.
#[derive(Clone, Debug)]
pub struct Disk {
    permits: Arc<Semaphore>,
    long: Arc<Semaphore>,
}

impl Default for Disk {
    fn default() -> Self {
        Self { permits: Arc::new(Semaphore::new(PERMITS)), long: Arc::new(Semaphore::new(LONG_PERMITS)) }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    #[error("{0} does not answer: nothing came within {seconds} seconds. Check the disk that it is on.", seconds = WITHIN.as_secs())]
    Silent(PathBuf),
    #[error(transparent)]
    File(#[from] UserFileError),
    #[error(
        "{0} cannot be used: {1}. Check the path, the rights of the server's account and the free space."
    )]
    Io(PathBuf, io::Error),
}

impl DiskError {
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::File(error) if error.is_missing())
    }
}

impl From<DiskError> for io::Error {
    fn from(error: DiskError) -> Self {
        match error {
            DiskError::Io(_, error) => error,
            DiskError::File(error) => error.into(),
            silent @ DiskError::Silent(_) => Self::new(io::ErrorKind::TimedOut, silent),
        }
    }
}

impl Disk {
    /// Runs `work` with the file at `path`. After the time limit the caller gets an error, while `work` continues.
    pub async fn run<T: Send + 'static>(
        &self,
        path: &Path,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> Result<T, DiskError> {
        self.wait_for(path, work).await?.map_err(|error| DiskError::Io(path.to_owned(), error))
    }

    /// Reads a regular file of at most [`user_file::SMALL`] bytes as text.
    pub async fn read_text(&self, path: PathBuf) -> Result<String, DiskError> {
        let owned = path.clone();
        Ok(self.wait_for(&path, move || user_file::read_text(&owned, user_file::SMALL)).await??)
    }

    /// As [`Self::read_text`]; `None`: the file does not exist.
    pub async fn find_text(&self, path: PathBuf) -> Result<Option<String>, DiskError> {
        match self.read_text(path).await {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs work that may take long, without a time limit: only for jobs, which have one of their own.
    ///
    /// # Errors
    /// When the work panicked.
    pub async fn run_long<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<T> {
        let permit = Arc::clone(&self.long).acquire_owned().await.map_err(io::Error::other)?;
        let work = move || {
            let done = work();
            drop(permit);
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
    }

    async fn wait_for<T: Send + 'static>(
        &self,
        path: &Path,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DiskError> {
        let permits = Arc::clone(&self.permits);
        let done = tokio::time::timeout(WITHIN, async move {
            let permit = permits.acquire_owned().await.map_err(io::Error::other)?;
            let work = move || {
                let done = work();
                // The thread keeps its permit until the work ends, even if the caller no longer waits.
                drop(permit);
                done
            };
            tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
        });
        match done.await {
            Ok(done) => done.map_err(|error| DiskError::Io(path.to_owned(), error)),
            Err(_) => Err(DiskError::Silent(path.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_disk_that_does_not_answer_keeps_a_few_threads_and_nobody_else() {
        let disk = Disk::default();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = Arc::new(std::sync::Mutex::new(released));
        let began = std::time::Instant::now();
        let stuck = (0..PERMITS + 3).map(|_| {
            let (disk, released) = (disk.clone(), Arc::clone(&released));
            async move {
                let wait = move || {
                    let _gone = released.lock().map(|released| released.recv());
                    Ok(())
                };
                disk.run(Path::new("/far/away"), wait).await
            }
        });
        for answer in futures_util::future::join_all(stuck).await {
            let words = answer.unwrap_err().to_string();
            assert!(
                words.contains("/far/away does not answer") && words.contains("Check the disk"),
                "{words}"
            );
        }
        assert!(began.elapsed() < WITHIN * 2, "they waited beside each other");
        assert_eq!(disk.permits.available_permits(), 0, "the threads still wait");
        drop(release);
        assert_eq!(disk.run(Path::new("near"), || Ok(7)).await.unwrap(), 7, "it answers again");
    }

    #[tokio::test]
    async fn a_missing_file_is_told_from_one_that_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::default();
        assert!(disk.find_text(folder.path().join("none")).await.unwrap().is_none());
        let words = disk.find_text(folder.path().to_owned()).await.unwrap_err().to_string();
        assert!(words.contains("is a folder, not a file"), "{words}");
        let file = folder.path().join("file");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(disk.find_text(file).await.unwrap().as_deref(), Some("text"));
    }
}
