//! License files: Keygen's documented armor (`base64+ed25519`) around a signed payload of our own.
//!
//! Owns keys, signing, reading, what a license says about this machine and this moment, and the words of every
//! refusal. Must never believe a byte before its signature was verified, open a file, or ask for the time.
//! The format is described in `docs/license-file.md`.

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

/// No license file is larger, in bytes. Checked before anything else is.
pub const MAX_BYTES: usize = 256 * 1024;

/// The one signature algorithm, as Keygen's armor names it.
pub const ALGORITHM: &str = "base64+ed25519";

/// Version of the signed `testkeep` object.
pub const FORMAT_VERSION: u64 = 1;

/// Reads at most one byte more than [`MAX_BYTES`], so that [`LicenseFile::read`] can refuse a larger source whatever
/// its size.
///
/// # Errors
/// Those of the source.
pub fn read_bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
