//! A mark on a request whose body is written to the disk piece by piece.
//!
//! All other bodies share a limited memory (`serve/bodies.rs`). Must only be set by a handler that keeps no part of the
//! body in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set before the first piece is read: then the body needs no room in the shared memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streamed(Arc<AtomicBool>);

impl Streamed {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
