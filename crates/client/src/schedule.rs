//! When to send the next request, and when a lease is over. Pure: callers pass in the current time.
//!
//! Must never extend a lease: setting a clock back does not make it longer, and the time a machine sleeps counts.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::lease::LeaseClaims;
use tokio::time::Instant;

const SHORTEST: Duration = Duration::from_secs(1);
/// Also the longest time until a server that is back is noticed.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// The end of a lease, by two clocks: the wall clock, for which it is signed, and a monotonic one that no person can
/// set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expiry {
    at: DateTime<Utc>,
    deadline: Instant,
}

impl Expiry {
    /// For a lease that is received, or read from a file, at this moment.
    pub(crate) fn of(claims: &LeaseClaims, now: DateTime<Utc>, instant: Instant) -> Self {
        Self { at: claims.expires_at, deadline: instant + left(claims, claims.expires_at, now) }
    }

    pub(crate) fn at(&self) -> DateTime<Utc> {
        self.at
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn is_over(&self, now: DateTime<Utc>, instant: Instant) -> bool {
        instant >= self.deadline || now >= self.at
    }
}

/// Time from now until `moment`, but at most the time from the lease's issue until `moment`: a slow wall clock must not
/// make leases longer.
fn left(claims: &LeaseClaims, moment: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    let left: TimeDelta = (moment - now).min(moment - claims.issued_at);
    left.to_std().unwrap_or_default()
}

/// Pause between receiving a lease and requesting the next one. Up to a tenth shorter at random, so that programs that
/// were started together do not all renew together. At most half the lease's remaining time, so that a retry is
/// possible whatever the server wrote.
pub(crate) fn renewal_pause(claims: &LeaseClaims, now: DateTime<Utc>, random: u32) -> Duration {
    let latest = left(claims, claims.expires_at, now) / 2;
    let pause = left(claims, claims.renew_at, now).min(latest);
    pause.saturating_sub(fraction(pause / 10, random)).max(SHORTEST)
}

/// Pause after the n-th consecutive failure: 1 s, 2 s, 4 s … 30 s, each shortened at random by up to half.
pub(crate) fn backoff(failures: u32, random: u32) -> Duration {
    let full = SHORTEST.saturating_mul(1 << failures.clamp(1, 6).saturating_sub(1)).min(LONGEST_BACKOFF);
    full.saturating_sub(fraction(full / 2, random))
}

fn fraction(of: Duration, random: u32) -> Duration {
    of.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

/// Not a secret: if the system gives no randomness, the result is only a pause without jitter.
pub(crate) fn random() -> u32 {
    getrandom::u32().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use testkeep_domain::lease::{LeaseKind, features};
    use testkeep_domain::license::Product;
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    /// Issued at 0, renewed at 300, over at 900 seconds.
    fn claims() -> LeaseClaims {
        LeaseClaims {
            license_id: Uuid::nil(),
            customer: "Ada Ltd".into(),
            product: Product::Kre,
            user: "ada@example.com".into(),
            session_id: "s".into(),
            kind: LeaseKind::Online,
            machine_id: "m".into(),
            organization_id: None,
            features: features(Product::Kre, false),
            issued_at: at(0),
            renew_at: at(300),
            expires_at: at(900),
            testing: false,
        }
    }

    #[test]
    fn renews_up_to_a_tenth_early_and_never_late() {
        let pause = |now, random| renewal_pause(&claims(), at(now), random).as_secs();
        assert_eq!((pause(0, 0), pause(0, u32::MAX)), (300, 270));
        assert_eq!(pause(200, 0), 100);
        assert_eq!(pause(-500, 0), 300, "a slow clock changes nothing");
        assert_eq!((pause(400, 0), pause(5000, 0)), (1, 1), "it is time");
        let mut late = claims();
        late.renew_at = at(900);
        assert_eq!(renewal_pause(&late, at(0), 0).as_secs(), 450, "in time for another try");
    }

    #[test]
    fn no_clock_makes_a_lease_longer() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let expiry = Expiry::of(&claims(), at(0), start);
        assert!(!expiry.is_over(at(899), after(899)));
        assert!(expiry.is_over(at(900), after(5)), "the machine slept, or its clock was set right");
        assert!(expiry.is_over(at(5), after(900)), "the clock was set back");
        let slow = Expiry::of(&claims(), at(-600), start);
        assert!(slow.is_over(at(300), after(900)), "a slow clock");
        assert!(Expiry::of(&claims(), at(900), start).is_over(at(0), start), "over from the start");
    }

    #[test]
    fn backs_off_to_half_a_minute() {
        let seconds: Vec<_> = (1..9).map(|failures| backoff(failures, 0).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(backoff(u32::MAX, u32::MAX), Duration::from_secs(15));
    }
}
