//! The two PEM forms of Ed25519 keys (RFC 8410), compatible with openssl.
//!
//! Each is a fixed DER head followed by 32 bytes, so no ASN.1 reader is needed. Must never accept another kind of key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::KeyError;

pub(super) struct Form {
    label: &'static str,
    /// The DER bytes before the key.
    head: &'static [u8],
}

/// PKCS #8, version 0, OID 1.3.101.112.
pub(super) const PRIVATE: Form = Form {
    label: "PRIVATE KEY",
    head: &[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20],
};
/// SubjectPublicKeyInfo, OID 1.3.101.112.
pub(super) const PUBLIC: Form =
    Form { label: "PUBLIC KEY", head: &[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0] };

/// The maximum length. A key file has about 120 bytes, and there may be comments around the block.
const LONGEST: usize = 16 * 1024;

pub(super) fn encode(form: &Form, key: &[u8; 32]) -> Zeroizing<String> {
    let der = Zeroizing::new([form.head, key].concat());
    let body = Zeroizing::new(STANDARD.encode(der.as_slice()));
    Zeroizing::new(format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----\n", form.label, body.as_str()))
}

/// Decodes a key. Text before and after the block is ignored, as in openssl.
pub(super) fn decode(form: &Form, text: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let missing = KeyError::NotPem { label: form.label };
    if text.len() > LONGEST {
        return Err(missing);
    }
    let (_, rest) = text.split_once(&format!("-----BEGIN {}-----", form.label)).ok_or(missing.clone())?;
    let (body, _) = rest.split_once(&format!("-----END {}-----", form.label)).ok_or(missing)?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    let der = STANDARD.decode(body.as_bytes()).map(Zeroizing::new).map_err(|_| KeyError::Base64)?;
    let key = der.strip_prefix(form.head).and_then(|key| <[u8; 32]>::try_from(key).ok());
    key.map(Zeroizing::new).ok_or(KeyError::NotEd25519)
}
