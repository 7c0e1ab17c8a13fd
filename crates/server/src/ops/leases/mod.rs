//! Seats: checkout, keep-alive, return, and the queue for seats.
//!
//! A turn ([`turn::Turn`]) is one transaction that holds the license lock. Only one server on the database has the turn
//! at a time. Every change of seats, assignments or machines needs it, so quotas hold under concurrent requests.
//! Checkouts, renewals and returns share turns and commits ([`queue`]). Must never hand out a lease that is not
//! committed.

mod batch_data;
mod check_out;
mod document;
mod end;
mod facts;
mod limits;
mod queue;
mod refusals;
mod request;
mod seat;
mod session_seat;
mod settle;
mod turn;

pub(super) use document::without_key;
pub(crate) use document::{require_signer, sign_lease};
pub(crate) use end::{EndReason, begin_hour};
pub(super) use end::{
    end, end_all_of_organization, end_chosen, end_for_leavers, end_sessions_of_user, end_sessions_of_users,
};
pub use end::{end_expired, recount};
pub(super) use limits::places_freed;
pub(crate) use limits::{INSTALLATION, ONLINE, of_organization};
pub(crate) use queue::{Leases, ask, ask_by_key};
pub(crate) use refusals::{checked_machine_key, short_text};
pub(crate) use request::{CheckOut, LeaseRequest};
pub(super) use seat::require_seat_for_file;
pub(crate) use seat::{kept_of_share, kept_within_share, unused_by_organization};
pub(super) use turn::Turn;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use testkeep_domain::license::Product;

use crate::Error;

/// How long a lease is valid without renewal. A program may run for this time after the connection to its server is
/// lost, and a copy of a returned lease stays valid for this time.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// The longest time that a client may borrow a seat, which means without keep-alive.
pub(crate) const LONGEST_BORROWED: TimeDelta = TimeDelta::days(30);
/// Our own clients renew their leases at this interval.
const RENEW: TimeDelta = TimeDelta::minutes(2);
/// Validity and renewal interval for existing clients, as their protocol demands.
pub(super) const LEASE_OF_EXISTING_CLIENTS: TimeDelta = TimeDelta::minutes(30);
const RENEW_OF_EXISTING_CLIENTS: TimeDelta = TimeDelta::minutes(5);
/// A client in the queue polls at this interval.
pub(crate) const POLL_SECONDS: i64 = 3;
/// A client in the queue that does not poll for this time is removed from the queue.
pub(crate) const QUEUE_TIMEOUT: TimeDelta = TimeDelta::seconds(30);

/// The hour that a time is in.
pub(crate) fn hour_of(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::hours(1)).unwrap_or(time)
}

/// The committed result of a request.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Granted(Granted),
    /// Position 1 is the head of the queue.
    Waiting {
        position: i64,
        waiting: i64,
    },
    Released,
}

/// The result of a request before the commit.
#[derive(Debug)]
enum Answered {
    Now(Outcome),
    /// Granted. `index` is the index of the session among the sessions that the turn began; [`turn::Turn::finish`]
    /// returns their ids.
    Begun {
        index: usize,
        granted: Granted,
    },
}

impl From<Outcome> for Answered {
    fn from(outcome: Outcome) -> Self {
        Self::Now(outcome)
    }
}

/// A seat that was taken; its lease is signed after the commit.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub session_id: i64,
    pub organization_id: i64,
    pub product: Product,
    pub machine_key: String,
    pub session_key: String,
    pub borrowed: bool,
    pub renew_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Why a step of a turn stops.
#[derive(Debug)]
enum Stop {
    /// The client gets this error; what the turn has written so far stays.
    Refused(Error),
    /// The whole transaction failed.
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
