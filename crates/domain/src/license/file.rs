//! Reading: from untrusted bytes to a [`License`], which exists only with a good signature.

use super::armor::Envelope;
use super::{LeaseSecret, LicenseError, LicenseTerms, TrustedKeys, lease_keys, payload};
use crate::lease::LeaseKey;

/// The reader of license files.
pub struct LicenseFile;

/// A license whose signature and structure were verified. Whether it holds here and now, [`License::check`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    pub(super) terms: LicenseTerms,
    lease_keys: Vec<LeaseKey>,
    key_id: String,
    demo: bool,
}

/// What a file says, verified or not; for showing, never for deciding.
#[derive(Clone, Debug)]
pub struct LicenseInspection {
    /// The payload, once parsed strictly, without the private keys in it.
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

    /// Parses without verifying anything, so that a vendor can look into a file.
    pub fn inspect(bytes: &[u8]) -> Result<LicenseInspection, LicenseError> {
        let payload = Envelope::open(bytes)?.payload()?;
        let key_id = payload::claimed_key_id(&payload);
        let mut payload = super::strict_json::parse(&payload, "its content")?;
        lease_keys::hide(&mut payload);
        Ok(LicenseInspection { payload, key_id })
    }
}

/// No trusted key made the signature: a foreign vendor's license, or a damaged one of ours.
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

    /// Signed with the published demo key.
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// Keys for signing leases with EdDSA, each endorsed by the vendor for this license.
    pub fn lease_keys(&self) -> &[LeaseKey] {
        &self.lease_keys
    }

    /// PKCS #8 DER of the RSA keys that existing clients of this vendor trust; not looked into.
    pub fn client_keys(&self) -> impl Iterator<Item = &[u8]> {
        let keys = self.terms.lease_keys.iter();
        keys.filter(|key| matches!(key, LeaseSecret::Rs256(_))).map(LeaseSecret::expose)
    }

    /// Whether this license replaces `other` once it begins.
    pub fn renews(&self, other: &Self) -> bool {
        self.terms.renews.contains(&other.terms.license_id)
    }
}
