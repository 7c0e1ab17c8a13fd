//! `conf/secret.key`: what is derived from it instead of being stored in the clear.
//!
//! 32 random bytes that the installer wrote, readable by the service account and administrators alone. Every server
//! on one PostgreSQL must have the same one.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use testkeep_domain::Layout;

pub struct SecretKey([u8; 32]);

#[derive(Debug, thiserror::Error)]
#[error(
    "{path}: {problem}. Restore the file from a backup, or run the installer on this folder again: it makes a new one."
)]
pub struct SecretKeyError {
    path: String,
    problem: String,
}

impl SecretKey {
    pub fn read(layout: &Layout) -> Result<Self, SecretKeyError> {
        let file = layout.secret_key();
        let refuse = |problem: String| SecretKeyError { path: file.display().to_string(), problem };
        let text = std::fs::read_to_string(&file).map_err(|error| refuse(error.to_string()))?;
        let mut key = [0_u8; 32];
        hex::decode_to_slice(text.trim(), &mut key)
            .map_err(|_| refuse("this is not a key of 64 hexadecimal digits".into()))?;
        Ok(Self(key))
    }

    /// A token for one purpose and one nonce, as 64 hexadecimal digits: the same for the same, and nobody without the
    /// key can make it.
    pub fn derive_token(&self, purpose: &str, nonce: &[u8]) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(nonce);
        hex::encode(mac.finalize().into_bytes())
    }
}
