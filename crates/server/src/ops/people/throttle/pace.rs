//! The speed limits for guesses. The first guesses are free. Each further guess makes the next wait longer, up to a
//! limit. Guesses are forgotten with time.
//!
//! `docs/sign-in.md` states how many guesses a day this allows: if you change a number here, change it there.

use chrono::{DateTime, Duration, Utc};
use testkeep_store::people::sign_in_throttle::Throttle;

/// The longest time that a guess waits for its turn; a guess that would wait longer is refused.
pub(super) const LONGEST_WAIT: Duration = Duration::seconds(20);

#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Number of guesses without a wait.
    free: i64,
    /// Each guess after the free ones makes the next wait longer by this.
    step: Duration,
    longest_gap: Duration,
    /// One guess is forgotten after this time.
    forgets_one: Duration,
}

/// One account from one IP address: 10 free guesses, then at most one each 15 seconds.
pub(super) const PAIR: Pace = Pace::new(10, Duration::seconds(1), 15, Duration::minutes(6));
/// One account from all IP addresses: 50 free guesses, then at most one each 10 seconds.
pub(super) const ACCOUNT: Pace = Pace::new(50, Duration::milliseconds(200), 10, Duration::minutes(1));
/// One IP address for all accounts: 100 free guesses, then at most one each 5 seconds. A whole office may share it.
pub(super) const ADDRESS: Pace = Pace::new(100, Duration::milliseconds(100), 5, Duration::seconds(10));
/// A known device or place skips the wait for 10 guesses, and regains one each 90 seconds; beyond that it waits like
/// others.
pub(super) const PASS: Pace = Pace::new(10, Duration::zero(), 0, Duration::seconds(90));

impl Pace {
    const fn new(free: i64, step: Duration, longest_gap: i64, forgets_one: Duration) -> Self {
        Self { free, step, longest_gap: Duration::seconds(longest_gap), forgets_one }
    }

    /// Returns the row as of `now`, without the guesses that are forgotten by now. A time in the future (the clock was
    /// set back) counts as now, and the wait is never longer than the longest possible one.
    pub(super) fn forgotten(&self, row: Throttle, now: DateTime<Utc>) -> Throttle {
        let since = row.since.min(now);
        let gone = (now - since).num_milliseconds() / self.forgets_one.num_milliseconds();
        let attempts = (row.attempts - gone).max(0);
        let since =
            if attempts == 0 { now } else { since + self.forgets_one * i32::try_from(gone).unwrap_or(0) };
        // Only a wrong clock can write a later time. It is reduced to a short wait, not to the longest one: a refused
        // guess writes nothing, so every later guess would be refused too.
        let is_impossible = row.next_at > now + LONGEST_WAIT + self.longest_gap;
        let next_at = if is_impossible { now + self.longest_gap } else { row.next_at.max(now) };
        Throttle { attempts, since, next_at, told_at: row.told_at.filter(|told| *told <= now) }
    }

    /// Returns the row after one more guess, which takes the turn at `next_at`.
    pub(super) fn counted(&self, row: Throttle) -> Throttle {
        let attempts = row.attempts + 1;
        let gap = self.gap(attempts);
        // At the longest gap the number of guesses stops rising, so that forgetting them takes no longer.
        let attempts = if gap == self.longest_gap { row.attempts.max(self.free) } else { attempts };
        Throttle { attempts, next_at: row.next_at + gap, ..row }
    }

    pub(super) fn is_slowed(&self, row: &Throttle) -> bool {
        row.attempts > self.free
    }

    pub(super) fn has_free(&self, row: &Throttle) -> bool {
        row.attempts < self.free
    }

    fn gap(&self, attempts: i64) -> Duration {
        let beyond = i32::try_from((attempts - self.free).clamp(0, 1000)).unwrap_or(0);
        (self.step * beyond).min(self.longest_gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guesses as fast as the pace allows, for some days. Returns the number of guesses checked on the last day.
    fn guesses_a_day(pace: Pace) -> i64 {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut row = Throttle { attempts: 0, since: start, next_at: start, told_at: None };
        let (mut now, mut guesses, mut most) = (start, 0, 0);
        for day in 1..=3 {
            let before = guesses;
            while now < start + Duration::days(day) {
                row = pace.forgotten(row, now);
                now = now.max(row.next_at);
                row = pace.counted(row);
                guesses += 1;
            }
            most = most.max(guesses - before);
        }
        most
    }

    #[test]
    fn a_day_of_guessing_is_as_the_documentation_states() {
        assert!((5_000..=5_800).contains(&guesses_a_day(PAIR)), "{}", guesses_a_day(PAIR));
        assert!((8_000..=8_800).contains(&guesses_a_day(ACCOUNT)), "{}", guesses_a_day(ACCOUNT));
        assert!((16_000..=17_600).contains(&guesses_a_day(ADDRESS)), "{}", guesses_a_day(ADDRESS));
    }

    #[test]
    fn waits_grow_to_their_limit_and_are_forgotten() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let mut row = Throttle { attempts: 0, since: start, next_at: start, told_at: None };
        let mut gaps = Vec::new();
        for _ in 0..40 {
            let before = row.next_at;
            row = PAIR.counted(row);
            gaps.push((row.next_at - before).num_seconds());
        }
        assert_eq!(gaps[..12], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(gaps[39], 15);
        assert!(gaps.is_sorted());
        let later = PAIR.forgotten(row, start + Duration::hours(3));
        assert_eq!((later.attempts, later.next_at), (0, start + Duration::hours(3)));
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let far = start + Duration::days(5000);
        let row = Throttle { attempts: 30, since: far, next_at: far, told_at: Some(far) };
        let now = PAIR.forgotten(row, start);
        assert!(now.next_at <= start + Duration::seconds(35) && now.since == start && now.told_at.is_none());
    }
}
