//! The secret and the proofs derived from it: HMAC-SHA256 over a purpose and its parts.
//!
//! Each purpose has its own first line, so a proof for one purpose is never valid for another. Comparisons take
//! constant time.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

/// The length of a client's nonce, in bytes.
pub const NONCE_BYTES: usize = 32;
pub type Nonce = [u8; NONCE_BYTES];

/// The secret of one run of the server: 32 random bytes, as 64 hexadecimal digits in `conf/control.token`.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlKey([u8; 32]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it holds no secret of 64 hexadecimal digits. Restart the server: it writes a new one.")]
pub struct NotAKey;

/// The parts of a request that a client signs: everything that determines what the server does.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The control port. It is signed to detect a program that listens on another port and forwards everything.
    pub port: u16,
    pub server_nonce: &'a str,
    pub method: &'a str,
    /// The path with the query.
    pub path: &'a str,
    pub body: &'a [u8],
}

impl ControlKey {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads the text of `conf/control.token`.
    ///
    /// # Errors
    /// The text is not 64 hexadecimal digits, with or without white space around them.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let mut key = [0_u8; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| NotAKey)?;
        Ok(Self(key))
    }

    /// The server's proof for a client's nonce, as 64 hexadecimal digits.
    pub fn server_proof(&self, port: u16, nonce: &Nonce, server_nonce: &str) -> String {
        hex::encode(self.server_mac(port, nonce, server_nonce).finalize().into_bytes())
    }

    /// Compares in constant time.
    pub fn is_server_proof(&self, proof: &str, port: u16, nonce: &Nonce, server_nonce: &str) -> bool {
        is_proof(self.server_mac(port, nonce, server_nonce), proof)
    }

    /// The client's proof for a request, as 64 hexadecimal digits.
    pub fn request_proof(&self, request: &SignedRequest<'_>) -> String {
        hex::encode(self.request_mac(request).finalize().into_bytes())
    }

    /// Compares in constant time.
    pub fn is_request_proof(&self, proof: &str, request: &SignedRequest<'_>) -> bool {
        is_proof(self.request_mac(request), proof)
    }

    /// A proof over `parts` for values that only the server itself makes and checks.
    pub fn seal(&self, parts: &[&str]) -> String {
        hex::encode(self.mac("seal", parts).finalize().into_bytes())
    }

    /// Compares in constant time.
    pub fn is_seal(&self, seal: &str, parts: &[&str]) -> bool {
        is_proof(self.mac("seal", parts), seal)
    }

    fn server_mac(&self, port: u16, nonce: &Nonce, server_nonce: &str) -> Hmac<Sha256> {
        self.mac("server", &[&port.to_string(), &hex::encode(nonce), server_nonce])
    }

    fn request_mac(&self, request: &SignedRequest<'_>) -> Hmac<Sha256> {
        let SignedRequest { port, server_nonce, method, path, body } = *request;
        let body = hex::encode(Sha256::digest(body));
        self.mac("request", &[&port.to_string(), server_nonce, method, path, &body])
    }

    /// Each part has its length before it, so two different lists of parts never give the same bytes.
    fn mac(&self, purpose: &str, parts: &[&str]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&block(&self.0).into());
        for part in [&["testkeep control 1", purpose], parts].concat() {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

/// The key of HMAC: filled with zeros up to the block length of the hash.
fn block(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(key);
    block
}

fn is_proof(mac: Hmac<Sha256>, proof: &str) -> bool {
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(proof, &mut bytes).is_ok() && mac.verify_slice(&bytes).is_ok()
}

impl Drop for ControlKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for ControlKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
