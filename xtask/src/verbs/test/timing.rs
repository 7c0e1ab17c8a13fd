//! How long each test took, from what its runner prints.
//!
//! Node prints times. libtest prints none, but it starts tests in the order of their names, a new one when one ended,
//! so the times of the lines tell when each began.

use std::time::{Duration, Instant};

#[derive(Default)]
pub(super) struct Timing {
    threads: usize,
    started: Option<Instant>,
    /// Name and end of each test of the binary that runs, in the order of their ends.
    ended: Vec<(String, Instant)>,
    took: Vec<(String, Duration)>,
}

impl Timing {
    pub(super) fn new(threads: usize) -> Self {
        Self { threads: threads.max(1), ..Self::default() }
    }

    pub(super) fn read(&mut self, line: &str, now: Instant) {
        if let Some((name, time)) = node_time(line) {
            self.took.push((name.to_owned(), time));
        } else if line.starts_with("running ") && self.threads > 0 {
            self.finish();
            self.started = Some(now);
        } else if let Some((name, _)) = line.strip_prefix("test ").and_then(|test| test.split_once(" ... ")) {
            self.ended.push((name.to_owned(), now));
        }
    }

    /// The binary's tests are over.
    pub(super) fn finish(&mut self) {
        let ended = std::mem::take(&mut self.ended);
        let Some(started) = self.started.take() else { return };
        let mut names: Vec<&(String, Instant)> = ended.iter().collect();
        names.sort_by(|one, other| one.0.cmp(&other.0));
        let begun = std::iter::repeat_n(started, self.threads).chain(ended.iter().map(|(_, end)| *end));
        let took = names
            .into_iter()
            .zip(begun)
            .map(|((name, end), begun)| (name.clone(), end.duration_since(begun)));
        self.took.extend(took);
    }

    pub(super) fn and(&mut self, other: Self) {
        self.took.extend(other.took);
    }

    /// The longest first.
    pub(super) fn longest(mut self) -> Vec<(String, Duration)> {
        self.took.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
        self.took
    }
}

/// `✔ NAME (12.3ms)`, without indentation.
fn node_time(line: &str) -> Option<(&str, Duration)> {
    let (name, time) = line.strip_prefix("✔ ")?.strip_suffix("ms)")?.rsplit_once(" (")?;
    Some((name, Duration::from_secs_f64(time.parse::<f64>().ok()? / 1000.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_when_each_test_of_a_binary_began() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timing = Timing::new(2);
        timing.read("running 4 tests", at(0));
        // `a` and `b` begin at once; `c` when `b` ends, `d` when `c` ends.
        timing.read("test b ... ok", at(1));
        timing.read("test c ... FAILED", at(3));
        timing.read("test d ... ok", at(7));
        timing.read("test a ... ok", at(9));
        timing.finish();
        let seconds: Vec<_> =
            timing.longest().into_iter().map(|(name, time)| (name, time.as_secs())).collect();
        assert_eq!(
            seconds,
            [("a".to_owned(), 9), ("d".to_owned(), 4), ("c".to_owned(), 2), ("b".to_owned(), 1)]
        );
    }

    #[test]
    fn reads_the_times_that_node_prints() {
        let mut timing = Timing::default();
        timing.read("✔ Sign in (and out) (1500.5ms)", Instant::now());
        timing.read("  ✔ a step (1ms)", Instant::now());
        assert_eq!(timing.longest(), [("Sign in (and out)".to_owned(), Duration::from_micros(1_500_500))]);
    }
}
