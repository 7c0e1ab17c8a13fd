//! Keygen's armor: BEGIN and END lines around base64 of `{"enc","sig","alg"}`. The signature covers `license/` and
//! `enc`.
//!
//! Must never interpret the content of `enc`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fields::Fields;
use super::{ALGORITHM, LicenseError, MAX_BYTES, strict_json};

pub(super) const BEGIN: &str = "-----BEGIN LICENSE FILE-----";
const END: &str = "-----END LICENSE FILE-----";
/// The number of base64 characters in a line.
const LINE: usize = 64;

/// The content of the armor. Nothing is verified yet.
pub(super) struct Envelope {
    /// The payload as base64, exactly as it was signed.
    pub(super) enc: String,
    pub(super) signature: [u8; 64],
}

impl Envelope {
    pub(super) fn open(bytes: &[u8]) -> Result<Self, LicenseError> {
        let json = decode(&body(text(bytes)?)?, "its outer part")?;
        let mut fields = Fields::of(strict_json::parse(&json, "its outer part")?, "")?;
        let (enc, sig, alg) = (fields.text("enc")?, fields.text("sig")?, fields.text("alg")?);
        fields.finish()?;
        if alg != ALGORITHM {
            let found = alg.chars().take(60).filter(|c| !c.is_control()).collect();
            return Err(LicenseError::Algorithm { found });
        }
        let signature = decode(&sig, "its signature")?;
        let found = signature.len();
        let signature = signature.try_into().map_err(|_| LicenseError::SignatureLength { found })?;
        Ok(Self { enc, signature })
    }

    /// The bytes that are signed.
    pub(super) fn signed(&self) -> Vec<u8> {
        signing_input(&self.enc)
    }

    /// The bytes of the payload. Use them only after the signature was verified.
    pub(super) fn payload(&self) -> Result<Vec<u8>, LicenseError> {
        decode(&self.enc, "its content")
    }
}

/// Signs a payload and puts it into armor.
pub(super) fn seal(payload: &[u8], sign: impl FnOnce(&[u8]) -> [u8; 64]) -> String {
    let enc = STANDARD.encode(payload);
    let sig = STANDARD.encode(sign(&signing_input(&enc)));
    let outer = serde_json::json!({ "enc": enc, "sig": sig, "alg": ALGORITHM });
    wrap(&STANDARD.encode(outer.to_string()))
}

/// The whole file: the two marker lines around the base64 of the outer part.
pub(super) fn wrap(body: &str) -> String {
    let mut armor = String::from(BEGIN);
    for (position, character) in body.chars().enumerate() {
        if position % LINE == 0 {
            armor.push('\n');
        }
        armor.push(character);
    }
    format!("{armor}\n{END}\n")
}

fn signing_input(enc: &str) -> Vec<u8> {
    [b"license/", enc.as_bytes()].concat()
}

fn text(bytes: &[u8]) -> Result<&str, LicenseError> {
    if bytes.len() > MAX_BYTES {
        return Err(LicenseError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| LicenseError::NotALicenseFile)?;
    // Editors on Windows write a byte order mark at the beginning.
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() { Err(LicenseError::Empty) } else { Ok(text) }
}

/// The base64 between the two lines, without line breaks.
fn body(text: &str) -> Result<String, LicenseError> {
    if BEGIN.starts_with(text) {
        return Err(LicenseError::Truncated);
    }
    let rest = text.strip_prefix(BEGIN).ok_or(LicenseError::NotALicenseFile)?;
    let (body, after) = rest.split_once(END).ok_or(LicenseError::Truncated)?;
    if !after.is_empty() {
        return Err(LicenseError::TrailingText);
    }
    Ok(body.lines().map(|line| line.trim_matches([' ', '\t'])).collect())
}

fn decode(text: &str, part: &'static str) -> Result<Vec<u8>, LicenseError> {
    STANDARD.decode(text).map_err(|_| LicenseError::Base64 { part })
}
