//! The key with which a server signs leases, with the vendor's endorsement.

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::jws;
use super::{Endorsement, LeaseClaims, LeaseError};
use crate::license::{PublicKey, TrustedKeys, VendorKey};

/// The algorithm with which a lease is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaseAlgorithm {
    /// Ed25519 with the vendor's endorsement. Our own programs accept it.
    EdDsa,
    /// RSA with SHA-256. Existing clients accept it.
    Rs256,
}

impl LeaseAlgorithm {
    /// The name in `alg` of a JWS and in license files.
    pub fn word(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }
}

/// An endorsed Ed25519 key. Wiped from memory when dropped, and never shown.
#[derive(Clone)]
pub struct LeaseKey {
    key: VendorKey,
    endorsement: Endorsement,
    /// The endorsement as the vendor signed it.
    text: String,
    /// The header of every lease, as base64url.
    header: String,
}

impl LeaseKey {
    /// Makes the key of `seed` (32 random bytes) and endorses it with the vendor's key.
    pub fn endorse(
        seed: &[u8; 32],
        vendor: &VendorKey,
        (license_id, customer): (Uuid, &str),
        (not_before, expires_at): (DateTime<Utc>, DateTime<Utc>),
    ) -> Self {
        let key = VendorKey::from_seed(seed);
        let customer = customer.to_owned();
        let lease_key = key.public_key();
        let endorsement = Endorsement { license_id, customer, lease_key, not_before, expires_at };
        let text = endorsement.sign(vendor);
        Self::new(key, endorsement, text)
    }

    /// Reads a key and its endorsement. The endorsement must be by `vendor` and for this key.
    ///
    /// # Errors
    /// The endorsement is not genuine, or it is for another key.
    pub fn open(seed: &[u8; 32], endorsement: &str, vendor: &PublicKey) -> Result<Self, LeaseError> {
        let read = Endorsement::read(endorsement, &TrustedKeys::new(vec![vendor.clone()]))?;
        let key = VendorKey::from_seed(seed);
        if read.lease_key != key.public_key() {
            return Err(LeaseError::Contradiction { what: "key" });
        }
        Ok(Self::new(key, read, endorsement.to_owned()))
    }

    fn new(key: VendorKey, endorsement: Endorsement, text: String) -> Self {
        let kid = key.public_key().id();
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid, "endorsement": text });
        Self { header: jws::encode(header.to_string()), key, endorsement, text }
    }

    /// Signs a lease. The caller must ensure that the claims are within the endorsement; [`super::LeaseVerifier`]
    /// refuses others.
    pub fn sign(&self, claims: &LeaseClaims) -> String {
        jws::seal(&self.header, &claims.to_json(), |message| self.key.sign(message))
    }

    /// [`PublicKey::id`] of the key; `kid` in its leases.
    pub fn id(&self) -> String {
        self.endorsement.lease_key.id()
    }

    pub fn endorsement(&self) -> &Endorsement {
        &self.endorsement
    }

    /// The endorsement as a compact JWS.
    pub fn endorsement_text(&self) -> &str {
        &self.text
    }
}

/// Compares endorsements: each contains the public key.
impl PartialEq for LeaseKey {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for LeaseKey {}

impl std::fmt::Debug for LeaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LeaseKey({})", self.id())
    }
}
