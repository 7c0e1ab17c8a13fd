//! License files: Keygen's documented armor (`base64+ed25519`) around a signed payload in our own format.
//!
//! Owns keys, signing, reading, the state of a license on a machine at a time, and the message of every refusal. Must
//! never use content before its signature was verified, open a file, or read the clock. Format: `docs/license-file.md`.

mod armor;
mod error;
mod fields;
mod file;
mod key;
mod lease_keys;
mod lease_secret;
mod payload;
mod pem;
mod refusal;
mod sign;
mod standing;
pub(crate) mod strict_json;
mod terms;
#[cfg(test)]
mod tests;
mod unpack;

pub use error::{FieldProblem, LicenseError};
pub use file::{License, LicenseFile, LicenseInspection};
pub use key::{KeyError, PublicKey, TrustedKeys, VendorKey};
pub use lease_secret::LeaseSecret;
pub use refusal::LicenseRefusal;
pub use sign::sign;
pub use standing::{EXPIRING_DAYS, LicenseState, LicenseSummary, ProductSummary, Standing, days_left};
pub use terms::{LicenseTerms, Product, Quota, Returns, TermsError, is_customer};
pub use unpack::unpack;

use std::io::{self, Read};

/// The maximum size of a license file, in bytes. Checked first.
pub const MAX_BYTES: usize = 256 * 1024;

/// The only signature algorithm, with its name in Keygen's armor.
pub const ALGORITHM: &str = "base64+ed25519";

/// The version of the signed `testkeep` object.
pub const FORMAT_VERSION: u64 = 1;

/// Reads at most one byte more than [`MAX_BYTES`], so that [`LicenseFile::read`] can refuse a source of any larger
/// size.
///
/// # Errors
/// The source cannot be read.
pub fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
