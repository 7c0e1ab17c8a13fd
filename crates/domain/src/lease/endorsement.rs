//! Endorsements: the vendor's signed permission that a key may sign leases, for one license, one customer and one
//! period.
//!
//! An endorsement is a compact JWS, signed by the vendor key, in the header of every lease.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::serde::ts_seconds;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::LeaseError;
use super::jws::{self, Jws};
use crate::license::{PublicKey, TrustedKeys, VendorKey};

/// Distinguishes an endorsement from a lease, so that one is never accepted as the other.
const TYPE: &str = "endorsement+jwt";
const PART: &str = "endorsement";

/// The key that may sign leases, and for which license, customer and period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorsement {
    pub license_id: Uuid,
    pub customer: String,
    pub lease_key: PublicKey,
    pub not_before: DateTime<Utc>,
    /// The end of the license.
    pub expires_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    license_id: Uuid,
    customer: String,
    /// The 32 bytes of the public key, as base64url.
    lease_key: String,
    #[serde(with = "ts_seconds")]
    nbf: DateTime<Utc>,
    #[serde(with = "ts_seconds")]
    exp: DateTime<Utc>,
}

impl Endorsement {
    pub(super) fn sign(&self, vendor: &VendorKey) -> String {
        let header = json!({ "alg": "EdDSA", "typ": TYPE, "kid": vendor.public_key().id() });
        let payload = json!(Wire {
            license_id: self.license_id,
            customer: self.customer.clone(),
            lease_key: jws::encode(self.lease_key.to_bytes()),
            nbf: self.not_before,
            exp: self.expires_at,
        });
        jws::seal(&jws::encode(header.to_string()), &payload.to_string(), |message| vendor.sign(message))
    }

    /// Reads an endorsement. Uses its content only after the signature of a trusted vendor was verified.
    pub(super) fn read(text: &str, trusted: &TrustedKeys) -> Result<Self, LeaseError> {
        let jws = Jws::open(text, PART)?;
        if jws.header.text("typ") != Some(TYPE) {
            return Err(LeaseError::Header { part: PART, problem: "is of another kind" });
        }
        if trusted.signer_of(jws.signed.as_bytes(), &jws.signature).is_none() {
            return Err(unverified(&jws, trusted));
        }
        let wire: Wire = serde_json::from_value(jws.payload(PART)?)
            .map_err(|error| LeaseError::Claims { reason: error.to_string() })?;
        let lease_key = URL_SAFE_NO_PAD
            .decode(&wire.lease_key)
            .ok()
            .and_then(|bytes| PublicKey::from_bytes(&bytes.try_into().ok()?).ok())
            .ok_or_else(|| LeaseError::Claims { reason: "leaseKey is no Ed25519 key".into() })?;
        Ok(Self {
            license_id: wire.license_id,
            customer: wire.customer,
            lease_key,
            not_before: wire.nbf,
            expires_at: wire.exp,
        })
    }
}

/// The error for an endorsement without a valid signature: by an unknown vendor, or damaged.
fn unverified(jws: &Jws<'_>, trusted: &TrustedKeys) -> LeaseError {
    match jws.header.text("kid") {
        Some(key_id) if is_key_id(key_id) && !trusted.has(key_id) => {
            LeaseError::UnknownVendor { key_id: key_id.to_owned() }
        }
        _ => LeaseError::BadEndorsement,
    }
}

fn is_key_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
