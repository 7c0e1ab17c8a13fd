//! What the requests of an area may send, and how long they may take.

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use tower_http::timeout::TimeoutLayer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub body: usize,
    /// Until the answer begins.
    pub time: Duration,
}

impl Limits {
    /// For forms and lists. The body is above what a license file may have, so that a file that is too large gets its own
    /// message.
    pub const SMALL: Self = Self { body: 1024 * 1024, time: Duration::from_mins(1) };

    pub fn of_bodies(self) -> DefaultBodyLimit {
        DefaultBodyLimit::max(self.body)
    }

    pub fn of_time(self) -> TimeoutLayer {
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, self.time)
    }
}
