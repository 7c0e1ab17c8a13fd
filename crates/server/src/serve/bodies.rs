//! Bodies: limits the memory for all requests' bodies together, and marks the end of an answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::sync::Semaphore;

use super::activity::Activity;

/// Bytes of a body that are always allowed.
const SMALL: usize = 16 * 1024;
/// Bytes that each frame costs in addition to its data, because a body may arrive in pieces of one byte.
const FRAME: usize = 64;
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
}

impl RequestBody {
    pub(super) fn wrap(inner: Incoming, activity: &Arc<Activity>, room: &Room) -> Body {
        Body::new(Self { inner, activity: activity.clone(), room: room.clone(), received: 0, held: 0 })
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
            return Poll::Ready(None);
        };
        if let Some(data) = frame.data_ref() {
            let cost = data.len() + FRAME;
            self.take_room(cost)?;
        }
        Poll::Ready(Some(Ok(frame)))
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
