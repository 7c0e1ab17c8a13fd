//! Compact JWS (RFC 7515): three parts of base64url. Reads strictly and accepts EdDSA (RFC 8037) only.
//!
//! Verifies no signature and does not interpret the content: the caller has the key and must verify first.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::{LeaseError, MAX_LEASE_BYTES};
use crate::license::{LicenseError, strict_json};

/// The parts of a compact JWS. Nothing is verified yet.
pub(super) struct Jws<'a> {
    pub(super) header: Header,
    /// The text that is signed.
    pub(super) signed: &'a str,
    pub(super) signature: [u8; 64],
    payload: &'a str,
}

pub(super) struct Header(Map<String, Value>);

impl Header {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

impl<'a> Jws<'a> {
    /// Splits a JWS into its parts. `part` is its name in errors.
    pub(super) fn open(text: &'a str, part: &'static str) -> Result<Self, LeaseError> {
        if text.len() > MAX_LEASE_BYTES {
            return Err(LeaseError::TooLarge);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(LeaseError::NotALease)?;
        let (header, payload) = signed.split_once('.').ok_or(LeaseError::NotALease)?;
        let header = Header(object(&decode(header)?, part)?);
        let signature = decode(signature)?;
        refuse_other_algorithms(&header)?;
        if header.0.contains_key("crit") {
            return Err(LeaseError::Header { part, problem: "demands an extension that is not known" });
        }
        let signature = signature.try_into().map_err(|_| LeaseError::NotALease)?;
        Ok(Self { header, signed, signature, payload })
    }

    /// The content. Use it only after the signature was verified.
    pub(super) fn payload(&self, part: &'static str) -> Result<Value, LeaseError> {
        object(&decode(self.payload)?, part).map(Value::Object)
    }
}

fn refuse_other_algorithms(header: &Header) -> Result<(), LeaseError> {
    match header.text("alg").unwrap_or_default() {
        "EdDSA" => Ok(()),
        "RS256" => Err(LeaseError::ForExistingClients),
        found => {
            Err(LeaseError::Algorithm { found: found.chars().take(60).filter(|c| !c.is_control()).collect() })
        }
    }
}

/// Decodes strictly: padding and unused bits are refused.
fn decode(text: &str) -> Result<Vec<u8>, LeaseError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| LeaseError::NotALease)
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs and returns the compact form. `header` is base64url already.
pub(super) fn seal(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> String {
    let mut text = format!("{header}.{}", encode(payload));
    let signature = encode(sign(text.as_bytes()));
    text.push('.');
    text.push_str(&signature);
    text
}

fn object(json: &[u8], part: &'static str) -> Result<Map<String, Value>, LeaseError> {
    match strict_json::parse(json, part) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(LeaseError::Json { part, reason: "it is no object".into() }),
        Err(LicenseError::DuplicateKey { key }) => Err(LeaseError::DuplicateKey { key }),
        Err(LicenseError::Json { reason, .. }) => Err(LeaseError::Json { part, reason }),
        Err(_) => Err(LeaseError::Json { part, reason: "it is nested too deeply".into() }),
    }
}
