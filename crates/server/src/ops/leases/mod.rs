//! Seats: checkout, keep-alive, return, and the queue for seats.
//!
//! Every change of seats, assignments or machines holds the license lock, the [`turn::Turn`], which one server on the
//! database has at a time; so quotas hold under concurrent requests. Checkouts, renewals and releases share turns
//! and commits ([`queue`]). Must never hand out a lease that is not committed.

mod check_out;
mod document;
mod end;
mod facts;
mod limits;
mod place;
mod queue;
mod seat;
mod settle;
mod shared;
mod turn;
mod words;

pub(super) use document::without_key;
pub use document::{require_signer, sign_lease};
pub use end::{EndReason, begin_hour, end_what_is_over, recount};
pub(super) use end::{end, end_all_of_organization, end_for_leaver, end_sessions_of_user};
pub(super) use limits::may_free_place;
pub use limits::{INSTALLATION, ONLINE, hour_of, of_organization};
pub use queue::{Leases, ask, ask_by_key};
pub(super) use seat::require_seat_for_file;
pub(crate) use seat::{kept_of_share, unused_by_organization};
pub(super) use turn::Turn;
pub use words::{checked_machine_key, short_text};

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::Package;
use testkeep_domain::license::Product;

use crate::Error;

/// How long a lease holds without being renewed: what a program may go on after its server went away, and what a copy of
/// a lease that was given back is good for.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// The most that may be asked for without keep-alive.
pub const LONGEST_BORROWED: TimeDelta = TimeDelta::days(30);
/// When programs renew their leases.
const RENEW: TimeDelta = TimeDelta::minutes(2);
/// The same for existing clients, whose protocol has these values.
pub(super) const LEASE_OF_EXISTING_CLIENTS: TimeDelta = TimeDelta::minutes(30);
const RENEW_OF_EXISTING_CLIENTS: TimeDelta = TimeDelta::minutes(5);
/// A client in the queue polls at this interval …
pub const POLL_SECONDS: i64 = 3;
/// … and loses its place in the queue when it does not poll for this time.
pub const PLACE_KEPT: TimeDelta = TimeDelta::seconds(30);

/// A client's request.
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
    /// Signed in with a password, or with an API key, which is made with one.
    pub by_password: bool,
    pub organization_id: i64,
    pub package: Package,
    /// For a program that uses our own client, not for an existing one.
    pub native: bool,
    pub machine_key: String,
    pub session_key: String,
    pub hostname: String,
    pub client_version: String,
    pub wait: bool,
    /// Without keep-alive, for so many days.
    pub borrow_days: Option<u32>,
}

/// The committed result of an order.
#[derive(Clone, Debug)]
pub enum Outcome {
    Granted(Granted),
    /// Position 1 is the head of the queue.
    Waiting {
        position: i64,
        waiting: i64,
    },
    Released,
}

/// The result of an order before the commit.
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
    /// The client gets this error; what was written so far stays.
    Refused(Error),
    /// The transaction failed as a whole.
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
