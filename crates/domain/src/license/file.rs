//! Reads license files: untrusted bytes become a [`License`] only if the signature is valid.

use super::armor::Envelope;
use super::{LeaseSecret, LicenseError, LicenseTerms, TrustedKeys, lease_keys, payload};
use crate::lease::LeaseKey;

/// The reader of license files.
pub struct LicenseFile;

/// A license whose signature and structure were verified. [`License::check`] decides whether it is valid on this
/// machine now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    pub(super) terms: LicenseTerms,
    lease_keys: Vec<LeaseKey>,
    key_id: String,
    demo: bool,
}

/// The content of a file that may not be genuine. Only to show it, never to decide anything.
#[derive(Clone, Debug)]
pub struct LicenseInspection {
    /// The payload, parsed strictly, without its private keys.
    pub payload: serde_json::Value,
    pub key_id: Option<String>,
}

impl LicenseFile {
    /// Verifies signature and structure, in that order.
    pub fn read(bytes: &[u8], trusted: &TrustedKeys) -> Result<License, LicenseError> {
        let envelope = Envelope::open(bytes)?;
        let Some(signer) = trusted.signer_of(&envelope.signed(), &envelope.signature) else {
            return Err(unverified(&envelope, trusted));
        };
        let key_id = signer.id();
        let (terms, lease_keys) = payload::read(&envelope.payload()?, signer)?;
        Ok(License { terms, lease_keys, key_id, demo: signer.is_demo() })
    }

    /// Parses without verification, so that a vendor can inspect any file.
    pub fn inspect(bytes: &[u8]) -> Result<LicenseInspection, LicenseError> {
        let payload = Envelope::open(bytes)?.payload()?;
        let key_id = payload::claimed_key_id(&payload);
        let mut payload = super::strict_json::parse(&payload, "its content")?;
        lease_keys::hide(&mut payload);
        Ok(LicenseInspection { payload, key_id })
    }
}

/// The error if no trusted key made the signature: the license is of an unknown vendor, or it is damaged.
fn unverified(envelope: &Envelope, trusted: &TrustedKeys) -> LicenseError {
    match envelope.payload().ok().and_then(|payload| payload::claimed_key_id(&payload)) {
        Some(key_id) if !trusted.has(&key_id) => LicenseError::UnknownKey { key_id },
        _ => LicenseError::BadSignature,
    }
}

impl License {
    pub fn terms(&self) -> &LicenseTerms {
        &self.terms
    }

    /// [`PublicKey::id`] of the key that signed.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Whether the license was signed with the published demo key.
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// The keys that sign leases with EdDSA, each endorsed by the vendor for this license.
    pub fn lease_keys(&self) -> &[LeaseKey] {
        &self.lease_keys
    }

    /// The RSA keys that existing clients of this vendor trust: PKCS #8 DER, not checked.
    pub fn client_keys(&self) -> impl Iterator<Item = &[u8]> {
        let keys = self.terms.lease_keys.iter();
        keys.filter(|key| matches!(key, LeaseSecret::Rs256(_))).map(LeaseSecret::expose)
    }

    /// Whether this license replaces `other` once it begins.
    pub fn renews(&self, other: &Self) -> bool {
        self.terms.renews.contains(&other.terms.license_id)
    }
}
