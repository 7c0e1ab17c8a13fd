//! The requests of licensed programs. [`super::queue`] batches them.

use testkeep_domain::Package;
use testkeep_store::licenses::session::SessionKey;
use testkeep_store::licenses::waiter::Waiter;

/// A client's request.
#[derive(Clone, Debug)]
pub(crate) enum LeaseRequest {
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
    /// Names the session by the client's own key for it; `organization_id`: `None` searches all organizations.
    ReleaseByKey {
        user_id: i64,
        organization_id: Option<i64>,
        machine_key: String,
        session_key: String,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct CheckOut {
    pub user_id: i64,
    /// The person signed in with a password, or with an API key, which needs a password to be made.
    pub by_password: bool,
    pub organization_id: i64,
    pub package: Package,
    /// For a program that uses our own client, not an existing client.
    pub native: bool,
    pub machine_key: String,
    pub session_key: String,
    pub hostname: String,
    pub client_version: String,
    pub wait: bool,
    /// Borrow the seat, which means without keep-alive, for this number of days.
    pub borrow_days: Option<u32>,
}

impl CheckOut {
    pub(super) fn key(&self) -> SessionKey<'_> {
        SessionKey {
            user_id: self.user_id,
            organization_id: self.organization_id,
            product: self.package.product().word(),
            machine_key: &self.machine_key,
            session_key: &self.session_key,
        }
    }

    /// Whether the queue's row is of this client.
    pub(super) fn waits_as(&self, waiter: &Waiter) -> bool {
        waiter.user_id == self.user_id
            && waiter.organization_id == self.organization_id
            && waiter.session_key == self.session_key
            && waiter.machine_key == self.machine_key
    }

    /// Whether a session with this host name runs on the same machine. The same machine key on several hosts means several
    /// machines, because the key was copied. Only the first label of a host name is compared, without case: the rest
    /// changes with the network.
    pub(super) fn is_on_host(&self, name: &str) -> bool {
        let label = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
        label(name) == label(&self.hostname)
    }
}
