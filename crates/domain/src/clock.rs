//! The only source of time. Code that needs the time takes a [`Clock`]; tests use a clock that stands still.
//!
//! Times are UTC and truncated to milliseconds, so that either database returns exactly the value that was stored.

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

    /// A clock for tests that stands at `time` until [`Clock::set`] moves it.
    pub fn manual(time: DateTime<Utc>) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(time.timestamp_millis()))))
    }

    /// Sets a manual clock. Has no effect on the system's clock.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_stands_where_it_was_set_in_all_its_copies() {
        let time: DateTime<Utc> = "2026-01-01T08:00:00.123456Z".parse().unwrap();
        let clock = Clock::manual(time);
        let copy = clock.clone();
        assert_eq!(clock.now(), time.trunc_subsecs(3));
        copy.set(time + chrono::TimeDelta::days(1));
        assert_eq!(clock.now(), time.trunc_subsecs(3) + chrono::TimeDelta::days(1));
    }

    #[test]
    fn the_systems_clock_goes_on_and_cannot_be_set() {
        let clock = Clock::system();
        let before = clock.now();
        assert_eq!(before, before.trunc_subsecs(3));
        let real = DateTime::<Utc>::from(
            std::fs::metadata(std::env::current_exe().unwrap()).unwrap().modified().unwrap(),
        );
        assert!(before > real, "this program was built before it ran");
        clock.set(DateTime::UNIX_EPOCH);
        assert!(clock.now() >= before);
    }
}
