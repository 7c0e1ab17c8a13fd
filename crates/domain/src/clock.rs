//! The one source of time. Everything that needs the time takes a [`Clock`]; tests hold it still.
//!
//! Times are UTC and truncated to milliseconds, so that a value survives the way through either database unchanged.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, Utc};

#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Milliseconds since 1970, shared by all clones.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `time` until [`Clock::set`] moves it. For tests.
    pub fn manual(time: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(time.timestamp_millis()))))
    }

    /// Moves a manual clock; does nothing to the system's.
    pub fn set(&self, time: DateTime<Utc>) {
        if let Source::Manual(millis) = &self.0 {
            millis.store(time.timestamp_millis(), Ordering::SeqCst);
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => system_now(),
            Source::Manual(millis) => {
                DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that may ask the system")]
fn system_now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}
