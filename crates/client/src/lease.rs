//! A verified lease: signed under the vendor's key, for this machine, and valid now.

use chrono::{DateTime, Utc};
use testkeep_domain::lease::{LeaseClaims, LeaseKind, LeaseVerifier};
use testkeep_domain::license::Product;

use crate::{CheckoutRequest, ClientError, LeaseError, MachineKey};

/// A value of this type exists only if the signatures are valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The server's number of the session; `None` in an offline license, which needs no server.
    id: Option<i64>,
    document: String,
    claims: LeaseClaims,
}

impl Lease {
    /// Verifies a lease document: the server's answer, its stored copy, or an offline license's file.
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

    /// The first moment at which the lease is no longer valid, even if no server can be reached.
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.claims.expires_at
    }

    /// Whether the lease is kept by regular renewals; `false` for borrowed seats and offline licenses.
    pub fn is_renewed(&self) -> bool {
        self.id.is_some() && self.claims.kind == LeaseKind::Online
    }

    /// Checks that the lease is for this request. A lease of another session is another person's seat, even if its
    /// signatures are valid.
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
        // An older, replayed lease would not prove that the server still counts the seat.
        if new.issued_at < old.issued_at { other("time of issue") } else { Ok(()) }
    }
}
