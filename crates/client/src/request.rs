//! What a program asks for.

use std::time::Duration;

use testkeep_domain::Package;
use uuid::Uuid;

use crate::MachineKey;

/// How long to stand in the queue when every seat is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    No,
    AtMost(Duration),
    AsLongAsItTakes,
}

/// One session. Asking again with the same one is safe: a server answers it with the seat it already gave.
#[derive(Clone, Debug)]
pub struct CheckoutRequest {
    pub package: Package,
    /// Needed by members of several organizations.
    pub organization_id: Option<i64>,
    pub machine_key: MachineKey,
    /// New for every session.
    pub session_id: Uuid,
    /// As lists of sessions show it.
    pub hostname: String,
    pub client_version: String,
    pub wait: Wait,
    /// Days to take the seat along without a server, 1 to 30.
    pub borrow_days: Option<u8>,
}

impl CheckoutRequest {
    /// A new session of this program on this machine that does not wait.
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
