//! The body of a request, read from a file piece by piece while it is sent, and the time limit for it.
//!
//! Each piece is read at its own place in the file. So a body can be sent again while an earlier request still ends.
//! Must never hold more than one piece in memory.

use std::fs::File;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};

const PIECE: u64 = 64 * 1024;

pub(crate) struct FileBody {
    file: Arc<File>,
    end: u64,
    /// Number of bytes that were read, and given to the connection.
    sent: Arc<AtomicU64>,
    gate: Option<Gate>,
}

type Gate = Pin<Box<dyn Future<Output = ()> + Send>>;

impl FileBody {
    /// The first `length` bytes of the file.
    pub(crate) fn new(file: Arc<File>, length: u64) -> Self {
        Self { file, end: length, sent: Arc::default(), gate: None }
    }

    pub(crate) fn length(&self) -> u64 {
        self.end
    }

    /// The first byte is not sent before `gate` ends.
    pub(crate) fn after(self, gate: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { gate: Some(Box::pin(gate)), ..self }
    }

    pub(crate) fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.sent)
    }

    /// Reading blocks this thread for as long as the local disk needs for one piece.
    fn next(&self) -> io::Result<Option<Bytes>> {
        let at = self.sent.load(Ordering::Relaxed);
        let length = usize::try_from(PIECE.min(self.end.saturating_sub(at))).unwrap_or_default();
        if length == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; length];
        let read = read_at(&self.file, &mut piece, at)?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter"));
        }
        piece.truncate(read);
        self.sent.store(at + read as u64, Ordering::Relaxed);
        Ok(Some(piece.into()))
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(gate) = &mut self.gate {
            ready!(gate.as_mut().poll(context));
            self.gate = None;
        }
        Poll::Ready(self.next().map(|piece| piece.map(Frame::data)).transpose())
    }

    fn is_end_stream(&self) -> bool {
        self.sent.load(Ordering::Relaxed) >= self.end
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end.saturating_sub(self.sent.load(Ordering::Relaxed)))
    }
}

#[cfg(unix)]
fn read_at(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, piece, at)
}

#[cfg(windows)]
fn read_at(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, piece, at)
}

/// Awaits `work` for as long as `sent` changes. `None`: it did not change for the time `stall`.
pub(crate) async fn unless_it_stalls<T>(
    work: impl Future<Output = T>,
    sent: &AtomicU64,
    stall: Duration,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut last = None;
    loop {
        if let Ok(done) = tokio::time::timeout(stall, &mut work).await {
            return Some(done);
        }
        let now = Some(sent.load(Ordering::Relaxed));
        if last == now {
            return None;
        }
        last = now;
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn sends_the_same_bytes_each_time() {
        let mut file = tempfile::tempfile().unwrap();
        let bytes: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
        file.write_all(&bytes).unwrap();
        let file = Arc::new(file);
        for _ in 0..2 {
            let body = FileBody::new(Arc::clone(&file), 200_000);
            assert_eq!(body.size_hint().exact(), Some(200_000));
            assert_eq!(body.collect().await.unwrap().to_bytes(), bytes);
        }
        let cut = FileBody::new(file, 200_001).collect().await.unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn only_standing_still_is_limited() {
        let stall = Duration::from_millis(20);
        let sent = AtomicU64::new(0);
        let moving = async {
            for _ in 0..30 {
                tokio::time::sleep(Duration::from_millis(5)).await;
                sent.fetch_add(1, Ordering::Relaxed);
            }
            7
        };
        assert_eq!(unless_it_stalls(moving, &sent, Duration::from_millis(60)).await, Some(7));
        assert_eq!(unless_it_stalls(std::future::pending::<()>(), &sent, stall).await, None);
    }
}
