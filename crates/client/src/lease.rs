//! A lease that was verified: the vendor stands behind it, it is for this machine, and it holds now.

use chrono::{DateTime, Utc};
use testkeep_domain::lease::{LeaseClaims, LeaseKind, LeaseVerifier};
use testkeep_domain::license::Product;

use crate::{CheckoutRequest, ClientError, LeaseError, MachineKey};

/// Exists only with good signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The server's number for the session; `None` in a file for a machine without a server.
    id: Option<i64>,
    document: String,
    claims: LeaseClaims,
}

impl Lease {
    /// From a lease document: what the server sent, what was kept of it, or an offline license's file.
    pub fn verify(
        verifier: &LeaseVerifier,
        id: Option<i64>,
        document: &str,
        machine: &MachineKey,
        now: DateTime<Utc>,
    ) -> Result<Self, LeaseError> {
        let document = document.trim();
        let claims = verifier.verify(document, machine.as_str(), now)?;
        Ok(Self { id, document: document.to_owned(), claims })
    }

    pub fn id(&self) -> Option<i64> {
        self.id
    }

    /// The compact JWS.
    pub fn document(&self) -> &str {
        &self.document
    }

    pub fn claims(&self) -> &LeaseClaims {
        &self.claims
    }

    pub fn product(&self) -> Product {
        self.claims.product
    }

    /// The first moment at which it no longer holds, whoever can be reached.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.claims.expires_at
    }

    /// Kept by asking again and again, as opposed to borrowed ones and files.
    pub fn is_renewed(&self) -> bool {
        self.id.is_some() && self.claims.kind == LeaseKind::Online
    }

    /// Another session's lease is somebody else's seat, however well it is signed.
    pub(crate) fn answers(&self, request: &CheckoutRequest) -> Result<(), ClientError> {
        let claims = &self.claims;
        let other = |what| Err(ClientError::OtherLease { what });
        if claims.product != request.package.product() {
            return other("product");
        }
        if claims.session_id != request.session_id.to_string() {
            return other("session");
        }
        if request.organization_id.is_some_and(|id| claims.organization_id != Some(id)) {
            return other("organization");
        }
        match (claims.kind, request.borrow_days) {
            (LeaseKind::Online, None) | (LeaseKind::Borrowed, Some(_)) => Ok(()),
            _ => other("kind"),
        }
    }

    pub(crate) fn succeeds(&self, earlier: &Self) -> Result<(), ClientError> {
        let (new, old) = (&self.claims, &earlier.claims);
        let other = |what| Err(ClientError::OtherLease { what });
        if new.session_id != old.session_id {
            return other("session");
        }
        if new.product != old.product {
            return other("product");
        }
        // A replayed one would not prove that the server still counts the seat.
        if new.issued_at < old.issued_at { other("time of issue") } else { Ok(()) }
    }
}
