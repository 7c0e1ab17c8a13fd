//! Bodies: limits the memory for all requests' bodies together, and marks the end of an answer.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::sync::Semaphore;

use super::activity::Activity;
use crate::http::streamed::Streamed;

/// Bytes of a body that are always allowed.
const SMALL: usize = 16 * 1024;
/// Bytes that each frame costs in addition to its data, because a body may arrive in pieces of one byte.
const FRAME: usize = 64;
/// Bytes that hyper allocates for one read.
const READ_BUFFER: usize = 8 * 1024;
/// Memory for the larger parts of all bodies together, in KiB.
const ROOM: usize = 32 * 1024;

/// The memory for large bodies that are being received or worked on.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }
}

#[derive(Debug, thiserror::Error)]
enum BodyError {
    #[error(transparent)]
    Connection(#[from] hyper::Error),
    #[error("the server receives too many large requests at this moment")]
    NoRoom,
}

/// A request's body.
pub(super) struct RequestBody {
    inner: Incoming,
    activity: Arc<Activity>,
    room: Room,
    received: usize,
    /// KiB.
    held: usize,
    streamed: Streamed,
    unread: Unread,
}

/// Bytes of a body that the server has not read.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread(Arc<AtomicU64>);

impl Unread {
    /// Whether an answer now comes before the end of a large body. The connection cannot be used again then, and the peer
    /// must be told, or it sends its next request into a connection that is being closed.
    pub(super) fn is_large(&self) -> bool {
        self.0.load(Ordering::Acquire) > SMALL as u64
    }

    fn set(&self, body: &Incoming) {
        let bytes = if body.is_end_stream() { 0 } else { body.size_hint().upper().unwrap_or(u64::MAX) };
        self.0.store(bytes, Ordering::Release);
    }

    fn clear(&self) {
        self.0.store(0, Ordering::Release);
    }
}

impl RequestBody {
    pub(super) fn wrap(
        inner: Incoming,
        activity: &Arc<Activity>,
        room: &Room,
        streamed: Streamed,
        unread: Unread,
    ) -> Body {
        unread.set(&inner);
        Body::new(Self {
            inner,
            activity: activity.clone(),
            room: room.clone(),
            received: 0,
            held: 0,
            streamed,
            unread,
        })
    }

    fn take_room(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.received += bytes;
        let wanted = self.received.saturating_sub(SMALL).div_ceil(1024).saturating_sub(self.held);
        if wanted == 0 {
            return Ok(());
        }
        let part =
            u32::try_from(wanted).ok().and_then(|kib| self.room.0.clone().try_acquire_many_owned(kib).ok());
        let Some(part) = part else {
            self.activity.had_no_room();
            return Err(BodyError::NoRoom);
        };
        self.activity.hold(part);
        self.held += wanted;
        Ok(())
    }
}

/// Copies a small piece, because it shares hyper's read buffer of 8 KiB: a body that arrives byte by byte would keep one
/// such buffer for each byte.
fn compact(data: Bytes) -> Bytes {
    if data.len() < READ_BUFFER / 2 { Bytes::copy_from_slice(&data) } else { data }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) else {
            self.activity.wants_body();
            return Poll::Pending;
        };
        let Some(frame) = frame.transpose()? else {
            self.activity.has_body();
            self.unread.clear();
            return Poll::Ready(None);
        };
        self.unread.set(&self.inner);
        if let Some(data) = frame.data_ref().filter(|_| !self.streamed.is_set()) {
            let cost = data.len() + FRAME;
            self.take_room(cost)?;
        }
        Poll::Ready(Some(Ok(frame.map_data(compact))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.activity.has_body();
    }
}

/// An answer's body. When it is dropped, the request has ended.
pub(super) struct AnswerBody {
    inner: Body,
    activity: Arc<Activity>,
}

impl AnswerBody {
    pub(super) fn new(inner: Body, activity: Arc<Activity>) -> Self {
        Self { inner, activity }
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(ready!(Pin::new(&mut self.inner).poll_frame(cx)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.activity.has_answered();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use hyper::service::service_fn;
    use hyper::{Request, Response};
    use hyper_util::rt::TokioIo;
    use tokio::io::AsyncWriteExt;
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_small_piece_of_a_body_keeps_no_read_buffer() {
        let (mut client, server) = tokio::io::duplex(1024);
        let (report, mut memory) = mpsc::unbounded_channel();
        let service = service_fn(move |request: Request<Incoming>| {
            let report = report.clone();
            async move {
                let (inner, room) = (request.into_body(), Room::new());
                let activity = Arc::new(Activity::new());
                let mut body = RequestBody {
                    inner,
                    activity,
                    room,
                    received: 0,
                    held: 0,
                    streamed: Streamed::default(),
                    unread: Unread::default(),
                };
                let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
                let data = frame.and_then(Result::ok).and_then(|frame| frame.into_data().ok());
                // A piece that shares a buffer cannot become mutable.
                let buffer = data.and_then(|data| data.try_into_mut().ok());
                report.send(buffer.map(|buffer| buffer.capacity())).unwrap();
                Ok::<_, hyper::Error>(Response::new(String::new()))
            }
        });
        let connection =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(server), service);
        tokio::spawn(connection);
        client.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n").await.unwrap();
        client.write_all(b"x").await.unwrap();
        let capacity = memory.recv().await.unwrap();
        assert!(capacity.is_some_and(|capacity| capacity < 64), "the piece holds {capacity:?} bytes");
    }
}
