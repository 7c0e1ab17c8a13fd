//! Reading: from untrusted bytes to a [`License`], which exists only with a good signature.

use super::armor::Envelope;
use super::{LicenseError, LicenseTerms, PublicKey, TrustedKeys, payload};

/// The reader of license files.
pub struct LicenseFile;

/// A license whose signature and structure were verified. Whether it holds here and now, [`License::check`] tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    pub(super) terms: LicenseTerms,
    key_id: String,
    demo: bool,
}

/// What a file says, verified or not; for showing, never for deciding.
#[derive(Clone, Debug)]
pub struct LicenseInspection {
    /// The payload, once parsed strictly.
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
        let terms = payload::read(&envelope.payload()?, &key_id)?;
        Ok(License { terms, key_id, demo: signer.is_demo() })
    }

    /// Parses without verifying anything, so that a vendor can look into a file.
    pub fn inspect(bytes: &[u8]) -> Result<LicenseInspection, LicenseError> {
        let payload = Envelope::open(bytes)?.payload()?;
        let key_id = payload::claimed_key_id(&payload);
        Ok(LicenseInspection { payload: super::strict_json::parse(&payload, "its content")?, key_id })
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

    /// Keys that the vendor endorses for signing leases.
    pub fn lease_keys(&self) -> &[PublicKey] {
        &self.terms.lease_keys
    }
}
