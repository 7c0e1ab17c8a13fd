//! `conf/secret.key`: derives tokens from it, and encrypts secrets that the database stores.
//!
//! The file has 32 random bytes from the installer, readable by the service account and administrators only. All
//! servers on one PostgreSQL must have the same file.

use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;
use testkeep_domain::{Layout, Secret, user_file};

use crate::Error;

pub struct SecretKey([u8; 32]);

#[derive(Debug, thiserror::Error)]
#[error(
    "{path}: {problem}. Restore the file from a backup. Without it, run the installer on this folder again, which makes a new \
     one: then mail passwords must be entered again, invitations sent again, and programs sign in again."
)]
pub struct SecretKeyError {
    path: String,
    problem: String,
}

impl SecretKey {
    pub fn read(layout: &Layout) -> Result<Self, SecretKeyError> {
        let file = layout.secret_key();
        let refuse = |problem: String| SecretKeyError { path: file.display().to_string(), problem };
        let text = user_file::read_text(&file, user_file::SMALL)
            .map_err(|error| refuse(error.problem.to_string()))?;
        let mut key = [0_u8; 32];
        hex::decode_to_slice(text.trim(), &mut key)
            .map_err(|_| refuse("this is not a key of 64 hexadecimal digits".into()))?;
        Ok(Self(key))
    }

    /// Returns the token for one purpose and one nonce, as 64 hexadecimal digits. The same input gives the same token,
    /// and nobody can make it without the key.
    pub fn derive_token(&self, purpose: &str, nonce: &[u8]) -> String {
        // HMAC accepts keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return String::new() };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(nonce);
        hex::encode(mac.finalize().into_bytes())
    }

    /// Returns a mark that identifies the key without revealing it. The database stores it.
    pub fn mark(&self) -> String {
        self.derive_token("mark of the key", b"")
    }

    /// Encrypts and authenticates a secret. Returns the nonce, then the ciphertext. `purpose` names the use and the
    /// owner; the secret can be decrypted only with the same purpose.
    pub fn seal(&self, purpose: &str, secret: &Secret) -> Result<Vec<u8>, Error> {
        let mut nonce = [0_u8; NONCE];
        getrandom::fill(&mut nonce).map_err(Error::internal)?;
        let mut bytes = secret.expose().as_bytes().to_vec();
        self.sealing()?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut bytes)
            .map_err(Error::internal)?;
        Ok([&nonce[..], &bytes].concat())
    }

    /// Decrypts a secret.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was encrypted with another key or for another purpose, or was changed.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Secret, Error> {
        let wrong = || {
            Error::internal(format!(
                "the {purpose} cannot be decrypted with this conf/secret.key: enter it again"
            ))
        };
        let (nonce, bytes) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let mut bytes = bytes.to_vec();
        let opened = self
            .sealing()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(purpose), &mut bytes)
            .map_err(|_| wrong())?;
        std::str::from_utf8(opened).map(Secret::new).map_err(|_| wrong())
    }

    fn sealing(&self) -> Result<LessSafeKey, Error> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.0).map_err(Error::internal)?;
        Ok(LessSafeKey::new(key))
    }
}

const NONCE: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let (key, other) = (SecretKey([1; 32]), SecretKey([2; 32]));
        let sealed = key.seal("a", &Secret::new("tr0ub4dor")).unwrap();
        assert_eq!(key.open("a", &sealed).unwrap().expose(), "tr0ub4dor");
        assert!(!sealed.windows(9).any(|window| window == b"tr0ub4dor"));
        assert_ne!(sealed, key.seal("a", &Secret::new("tr0ub4dor")).unwrap(), "a nonce each");
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        for result in
            [key.open("b", &sealed), other.open("a", &sealed), key.open("a", &changed), key.open("a", b"x")]
        {
            assert!(result.is_err());
        }
    }

    #[test]
    fn tokens_differ_by_purpose_nonce_and_key() {
        let (key, other) = (SecretKey([1; 32]), SecretKey([2; 32]));
        let tokens = [
            key.derive_token("a", b"1"),
            key.derive_token("b", b"1"),
            key.derive_token("a", b"2"),
            other.derive_token("a", b"1"),
        ];
        assert_eq!(tokens[0], key.derive_token("a", b"1"));
        assert!((1..4).all(|index| tokens[index] != tokens[0] && tokens[index].len() == 64));
    }
}
