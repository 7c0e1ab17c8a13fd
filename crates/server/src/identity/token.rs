//! Random secrets that are shown once: session tokens, setup links. They have 256 random bits; only their SHA-256 is
//! stored.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Error;

/// Returns a new token as 64 hexadecimal digits.
pub fn create_token() -> Result<String, Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(hex::encode(bytes))
}

pub fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Compares in constant time.
pub(crate) fn same_secret(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}
