//! The vendor's keys: the private key that signs, and the public keys that a build trusts.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::pem;

/// Why a text is not a vendor key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error(
        "This is not a key file: “-----BEGIN {label}-----” or its end is missing. Choose the file that `testkeep-license keygen` made."
    )]
    NotPem { label: &'static str },
    #[error("The key file is damaged: its content is not valid base64. Restore it from your backup.")]
    Base64,
    #[error(
        "The key is not an Ed25519 key. Make one with `testkeep-license keygen` or `openssl genpkey -algorithm ed25519`."
    )]
    NotEd25519,
    #[error(
        "The public key is weak: it would accept forged signatures. Use the file that `testkeep-license keygen` made."
    )]
    Weak,
}

/// A public key that verifies signatures of licenses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    demo: bool,
}

impl PublicKey {
    /// Reads the text of `vendor.pub`: PEM, SubjectPublicKeyInfo.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        pem::decode(&pem::PUBLIC, text).and_then(|bytes| Self::from_bytes(&bytes))
    }

    /// Reads the 32 bytes of RFC 8032.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotEd25519)?;
        if key.is_weak() { Err(KeyError::Weak) } else { Ok(Self { key, demo: false }) }
    }

    /// Marks the key as the published demo key. Licenses signed by it are shown as demo licenses.
    #[must_use]
    pub fn as_demo(mut self) -> Self {
        self.demo = true;
        self
    }

    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// The first 8 bytes of the key's SHA-256, in lower-case hex.
    pub fn id(&self) -> String {
        let digest = Sha256::digest(self.key.as_bytes());
        let first = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        format!("{first:016x}")
    }

    /// The 32 bytes of RFC 8032.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.key.to_bytes()
    }

    pub fn to_pem(&self) -> String {
        pem::encode(&pem::PUBLIC, self.key.as_bytes()).to_string()
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

/// The public keys that this build trusts.
#[derive(Clone, Debug, Default)]
pub struct TrustedKeys(Vec<PublicKey>);

impl TrustedKeys {
    pub fn new(keys: Vec<PublicKey>) -> Self {
        Self(keys)
    }

    /// Whether the published demo key is one of them.
    pub fn trusts_demo(&self) -> bool {
        self.0.iter().any(PublicKey::is_demo)
    }

    pub fn ids(&self) -> Vec<String> {
        self.0.iter().map(PublicKey::id).collect()
    }

    pub(crate) fn signer_of(&self, message: &[u8], signature: &[u8; 64]) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.verifies(message, signature))
    }

    pub(crate) fn has(&self, key_id: &str) -> bool {
        self.0.iter().any(|key| key.id() == key_id)
    }
}

/// The vendor's private key. Wiped from memory when dropped.
#[derive(Clone)]
pub struct VendorKey(SigningKey);

impl VendorKey {
    /// Makes the key from 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads the text of `vendor.key`: PEM, PKCS #8.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        pem::decode(&pem::PRIVATE, text).map(|seed| Self::from_seed(&seed))
    }

    pub fn to_pem(&self) -> Zeroizing<String> {
        pem::encode(&pem::PRIVATE, self.0.as_bytes())
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey { key: self.0.verifying_key(), demo: false }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for VendorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VendorKey({})", self.public_key().id())
    }
}
