//! Makes a license file. Pure: identifiers, times and lease keys are in the terms.

use super::{LicenseTerms, TermsError, VendorKey, armor, payload};

/// The whole text of a license file.
///
/// # Errors
/// The terms cannot be licensed.
pub fn sign(key: &VendorKey, terms: &LicenseTerms) -> Result<String, TermsError> {
    terms.validate()?;
    let payload = payload::write(terms, key);
    Ok(armor::seal(&payload, |message| key.sign(message)))
}
