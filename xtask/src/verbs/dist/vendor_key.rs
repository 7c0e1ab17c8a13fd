//! The public key of the vendor whose license files a release accepts.

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;

use crate::workspace::Workspace;

/// Environment variable that the server's build reads; this module reads it when no file is given.
pub(super) const VARIABLE: &str = "TESTKEEP_VENDOR_PUBLIC_KEY";
/// The bytes before the 32 key bytes in the DER of an Ed25519 public key (RFC 8410).
const ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Returns the key's text after checking it.
pub(super) fn read(workspace: &Workspace, file: Option<&Path>) -> Result<String> {
    let key = text(file)?;
    let demo = std::fs::read_to_string(workspace.demo_public_key());
    check(&key, demo.ok().as_deref())?;
    Ok(key)
}

fn text(file: Option<&Path>) -> Result<String> {
    if let Some(file) = file {
        return std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
    }
    let text = std::env::var(VARIABLE).ok().filter(|text| !text.trim().is_empty());
    text.with_context(|| {
        format!(
            "A release needs the public key of the vendor whose license files it accepts. Make a key pair with \
             `testkeep-license keygen --out DIR` and pass `--vendor-key FILE`, or set {VARIABLE} to the file's text."
        )
    })
}

/// Accepts a public key in PEM that is not the demo key.
fn check(key: &str, demo: Option<&str>) -> Result<()> {
    let decoded = decode(key)?;
    if demo.is_some_and(|demo| decode(demo).is_ok_and(|demo| demo == decoded)) {
        bail!(
            "This is the published demo key: anybody could license such a build. Use a key pair of your own."
        );
    }
    Ok(())
}

fn decode(pem: &str) -> Result<Vec<u8>> {
    let wrong = "The vendor key is not an Ed25519 public key in PEM (`-----BEGIN PUBLIC KEY-----`). \
                 Pass the public file that `testkeep-license keygen` wrote.";
    let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----").context(wrong)?;
    let body: String =
        body.strip_suffix("-----END PUBLIC KEY-----").context(wrong)?.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(body).context(wrong)?;
    if bytes.len() != ED25519.len() + 32 || !bytes.starts_with(&ED25519) {
        bail!(wrong);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(bytes: &[u8]) -> String {
        let body = base64::engine::general_purpose::STANDARD.encode(bytes);
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }

    #[test]
    fn takes_a_vendors_key_and_refuses_the_demos() {
        let key = |last: u8| pem(&[&ED25519[..], &[last; 32]].concat());
        assert!(check(&key(1), Some(&key(2))).is_ok());
        let crlf = key(2).replace('\n', "\r\n");
        assert!(check(&crlf, Some(&key(2))).unwrap_err().to_string().contains("demo key"));
    }

    #[test]
    fn refuses_what_is_no_public_key() {
        let short = pem(&ED25519);
        let private = pem(&[7; 44]).replace("PUBLIC", "PRIVATE");
        for wrong in [
            "",
            "abc",
            &short,
            &pem(&[7; 44]),
            &private,
            "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----",
        ] {
            assert!(check(wrong, None).is_err(), "{wrong}");
        }
    }
}
