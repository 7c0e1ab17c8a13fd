//! `inspect`: shows the whole content of a license file, and whether its signature is valid.

use std::fmt::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use testkeep_domain::license::{LicenseFile, LicenseInspection, PublicKey, TrustedKeys};

use crate::{IssuerError, file};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signature {
    Good,
    Bad,
    /// No public key was given.
    NotChecked,
}

#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    pub signature: Signature,
    /// The reason why the signature or the signed content is not valid.
    pub reason: Option<String>,
    /// The key id in the file. It is certain only if the signature is valid.
    pub key_id: Option<String>,
    /// The complete payload, without private keys.
    pub license: Value,
}

/// Reads the license file `path`. Verifies it if `public_key` names a `vendor.pub`.
///
/// # Errors
/// A file cannot be read or has a wrong format. A wrong signature is not an error; it is part of the result.
pub fn inspect(path: &Path, public_key: Option<&Path>) -> Result<Inspection, IssuerError> {
    let trusted = public_key.map(read_public_key).transpose()?;
    let text = file::read_license(path)?;
    let LicenseInspection { payload, key_id } = LicenseFile::inspect(text.as_bytes())
        .map_err(|source| IssuerError::License { path: path.to_owned(), source })?;
    let read = |key| LicenseFile::read(text.as_bytes(), &TrustedKeys::new(vec![key]));
    let (signature, reason) = match trusted.map(read) {
        None => (Signature::NotChecked, None),
        Some(Ok(_)) => (Signature::Good, None),
        Some(Err(error)) => (Signature::Bad, Some(error.to_string())),
    };
    Ok(Inspection { signature, reason, key_id, license: payload })
}

fn read_public_key(path: &Path) -> Result<PublicKey, IssuerError> {
    let text = file::read_text(path)?;
    PublicKey::from_pem(&text).map_err(|source| IssuerError::Key { path: path.to_owned(), source })
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.signature, &self.reason) {
            (Signature::Good, _) => f.write_str("Signature: good\n")?,
            (Signature::Bad, reason) => {
                writeln!(f, "Signature: NOT GOOD. {}", reason.as_deref().unwrap_or_default())?;
            }
            (Signature::NotChecked, _) => {
                f.write_str("Signature: not checked. Give --public-key vendor.pub.\n")?;
            }
        }
        write_value(f, "", &self.license)
    }
}

/// Writes one line per value, with its path before it.
fn write_value(f: &mut fmt::Formatter<'_>, path: &str, value: &Value) -> fmt::Result {
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            let dot = if path.is_empty() { "" } else { "." };
            write_value(f, &format!("{path}{dot}{name}"), value)
        }),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .try_for_each(|(position, value)| write_value(f, &format!("{path}[{position}]"), value)),
        Value::String(text) => write_line(f, path, text),
        other => write_line(f, path, &other.to_string()),
    }
}

/// Writes a line without control characters: an unverified file must not control the terminal.
fn write_line(f: &mut fmt::Formatter<'_>, path: &str, value: &str) -> fmt::Result {
    let line = format!("{path}: {value}");
    line.chars().try_for_each(|c| f.write_char(if c.is_control() { '\u{fffd}' } else { c }))?;
    f.write_char('\n')
}
