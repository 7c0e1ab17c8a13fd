//! A program's request for a seat.

use std::time::Duration;

use testkeep_domain::Package;
use uuid::Uuid;

use crate::MachineKey;

/// How long to wait in the queue when every seat is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    No,
    AtMost(Duration),
    AsLongAsItTakes,
}

/// One session. Repeating a request with the same session is safe: the server answers with the seat it already gave.
#[derive(Clone, Debug)]
pub struct CheckoutRequest {
    pub package: Package,
    /// Required for members of several organizations.
    pub organization_id: Option<i64>,
    pub machine_key: MachineKey,
    /// A new ID for every session.
    pub session_id: Uuid,
    /// Shown in lists of sessions.
    pub hostname: String,
    pub client_version: String,
    pub wait: Wait,
    /// Days to borrow the seat, for use without a server: 1 to 30.
    pub borrow_days: Option<u8>,
}

impl CheckoutRequest {
    /// A new session of this program on this machine, without waiting in the queue.
    pub fn new(package: Package, machine_key: MachineKey) -> Self {
        Self {
            package,
            organization_id: None,
            machine_key,
            session_id: Uuid::new_v4(),
            hostname: whoami::hostname().unwrap_or_else(|_| "unknown".into()),
            client_version: env!("CARGO_PKG_VERSION").into(),
            wait: Wait::No,
            borrow_days: None,
        }
    }
}
