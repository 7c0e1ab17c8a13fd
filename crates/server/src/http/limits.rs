//! Limits of an area: the size of a request, and the time until its answer.

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use tower_http::timeout::TimeoutLayer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Maximum size of a request's body, in bytes.
    pub body: usize,
    /// Maximum time until the answer begins.
    pub time: Duration,
}

impl Limits {
    /// For forms and lists. The maximum body is larger than the maximum license file, so that a too large file gets its
    /// own message.
    pub(crate) const SMALL: Self = Self { body: 1024 * 1024, time: Duration::from_mins(1) };

    /// For files, which are written to the disk as they arrive. A peer that stops sending is cut off much earlier.
    pub(crate) const UPLOADS: Self = Self { body: 2 * 1024 * 1024 * 1024, time: Duration::from_hours(2) };

    pub(crate) fn of_bodies(self) -> DefaultBodyLimit {
        DefaultBodyLimit::max(self.body)
    }

    pub(crate) fn of_time(self) -> TimeoutLayer {
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, self.time)
    }
}
