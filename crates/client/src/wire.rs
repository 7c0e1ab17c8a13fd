//! Requests and answers of `/api/v2/leases`, as `docs/api-design.md` lists them under *Licenses*.
//!
//! Unknown fields are ignored, so that older clients work with newer servers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use uuid::Uuid;

use crate::{CheckoutRequest, Package, Wait};

#[derive(Serialize)]
pub(crate) struct LeaseIn<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<i64>,
    package: Package,
    machine_id: &'a str,
    session_id: Uuid,
    hostname: &'a str,
    client_version: &'a str,
    wait: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    borrow_days: Option<u8>,
}

impl<'a> From<&'a CheckoutRequest> for LeaseIn<'a> {
    fn from(request: &'a CheckoutRequest) -> Self {
        Self {
            organization_id: request.organization_id,
            package: request.package,
            machine_id: request.machine_key.as_str(),
            session_id: request.session_id,
            hostname: &request.hostname,
            client_version: &request.client_version,
            wait: request.wait != Wait::No,
            borrow_days: request.borrow_days,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct RenewIn {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idle_seconds: Option<u64>,
}

/// Everything else is read from the signed document, because only the document can be trusted.
#[derive(Deserialize)]
pub(crate) struct LeaseOut {
    pub(crate) id: i64,
    pub(crate) lease: String,
}

/// A client's position in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct QueuePlace {
    /// 1 is the next client to get a seat.
    pub position: u64,
    /// Number of waiting clients.
    pub waiting: u64,
    poll_seconds: u64,
}

impl QueuePlace {
    /// Pause before the next request: short enough to keep the position (30 s), long enough for the server's load.
    pub fn pause(&self) -> Duration {
        Duration::from_secs(self.poll_seconds.clamp(1, 20))
    }
}

#[derive(Deserialize)]
pub(crate) struct LiveSessions {
    pub(crate) items: Vec<LiveSession>,
}

/// A live session that the server counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveSession {
    pub id: i64,
    pub organization_id: i64,
    pub product: Product,
    pub hostname: String,
    pub started_at: DateTime<Utc>,
    pub renewed_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: ErrorDetail,
}

#[derive(Deserialize)]
pub(crate) struct ErrorDetail {
    pub(crate) code: String,
    pub(crate) message: String,
    /// Field of the request → what is wrong with it.
    #[serde(default)]
    pub(crate) fields: std::collections::BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_does_not_decide_how_often_it_is_asked() {
        let place = |poll_seconds| QueuePlace { position: 1, waiting: 1, poll_seconds }.pause().as_secs();
        assert_eq!([place(0), place(5), place(u64::MAX)], [1, 5, 20]);
    }
}
