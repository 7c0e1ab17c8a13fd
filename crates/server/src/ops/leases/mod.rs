//! Seats: who takes one, keeps it, gives it back, waits for it.
//!
//! Whatever changes seats, assignments or machines holds the [`turn::Turn`], which every server on the database takes
//! one after the other; so quotas hold whatever happens at the same time. Checkouts, renewals and releases share turns
//! and commits ([`queue`]). Must never hand out a lease that is not committed.

mod check_out;
mod document;
mod end;
mod facts;
mod queue;
mod seat;
mod shared;
mod turn;
mod words;

pub(super) use document::without_key;
pub use document::{require_signer, sign_lease};
pub use end::{EndReason, keep_counting, recount};
pub(super) use end::{end, end_for_leaver, end_sessions_of_user};
pub use queue::{Leases, ask};
pub(super) use seat::require_seat_for_file;
pub(super) use turn::Turn;
pub use words::{checked_machine_key, short_text};

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::Package;
use testkeep_domain::license::Product;

use crate::Error;

/// How long a lease holds without being renewed: what a client may go on after its server went away.
const LEASE: TimeDelta = TimeDelta::minutes(30);
/// When clients ask again.
const RENEW: TimeDelta = TimeDelta::minutes(5);
/// Who waits asks again this often …
pub const POLL_SECONDS: i64 = 3;
/// … and loses the place after this.
pub const PLACE_KEPT: TimeDelta = TimeDelta::seconds(30);

/// What a client asks for.
#[derive(Clone, Debug)]
pub enum Order {
    CheckOut(CheckOut),
    Renew {
        user_id: i64,
        id: i64,
        idle_seconds: i64,
    },
    Release {
        user_id: i64,
        id: i64,
    },
    /// By the client's own name for its session, in one organization or wherever it is.
    ReleaseByKey {
        user_id: i64,
        organization_id: Option<i64>,
        machine_key: String,
        session_key: String,
    },
}

#[derive(Clone, Debug)]
pub struct CheckOut {
    pub user_id: i64,
    /// Signed in with a password, not with an API key.
    pub by_password: bool,
    pub organization_id: i64,
    pub package: Package,
    pub machine_key: String,
    pub session_key: String,
    pub hostname: String,
    pub client_version: String,
    pub wait: bool,
    /// Without keep-alive, for so many days.
    pub borrow_days: Option<u32>,
}

/// What came of it, committed.
#[derive(Clone, Debug)]
pub enum Outcome {
    Granted(Granted),
    /// Nobody is before position 1.
    Waiting {
        position: i64,
        waiting: i64,
    },
    Released,
}

/// What came of an order in its turn, before the commit.
#[derive(Debug)]
enum Answered {
    Now(Outcome),
    /// Granted; the session's id is the one at this place of those that the turn began.
    Begun {
        place: usize,
        granted: Granted,
    },
}

impl From<Outcome> for Answered {
    fn from(outcome: Outcome) -> Self {
        Self::Now(outcome)
    }
}

/// A seat that is taken; the lease to be signed for it.
#[derive(Clone, Debug)]
pub struct Granted {
    pub session_id: i64,
    pub organization_id: i64,
    pub product: Product,
    pub machine_key: String,
    pub session_key: String,
    pub borrowed: bool,
    pub renew_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Why a step does not go on.
#[derive(Debug)]
enum Stop {
    /// The asker is told; what was written so far stays.
    Refused(Error),
    /// The transaction is lost.
    Broken(testkeep_store::StoreError),
}

impl From<testkeep_store::StoreError> for Stop {
    fn from(error: testkeep_store::StoreError) -> Self {
        Self::Broken(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(error) => error,
            Stop::Broken(error) => error.into(),
        }
    }
}
