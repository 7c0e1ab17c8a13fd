//! Finds the license file in the bytes that a person uploads. Mail programs quote it, change its dashes, wrap and
//! encode it, and people zip it.
//!
//! Returns the armor as the vendor wrote it, or the problem. The result is not trusted: its signature must be verified
//! afterwards. Must never use more time or memory than a small multiple of the size of its input.

mod archive;
mod armors;
mod kind;
mod transfer;

use super::{LicenseError, MAX_BYTES, armor};
use crate::encoding;

/// The text of the license file in its canonical form.
///
/// # Errors
/// There is no license file, it is damaged, or there are several different ones.
pub fn unpack(bytes: &[u8]) -> Result<String, LicenseError> {
    if bytes.len() > MAX_BYTES {
        return Err(LicenseError::TooLarge);
    }
    let body = Search { archives: true, depth: DEPTH }.body(bytes)?;
    Ok(armor::wrap(&body))
}

/// The maximum number of nested encodings, for example a saved mail in a zip archive in an attachment.
const DEPTH: u8 = 3;

/// How deep to search.
#[derive(Clone, Copy)]
struct Search {
    archives: bool,
    depth: u8,
}

impl Search {
    /// The base64 between the two marker lines, without white space.
    fn body(self, bytes: &[u8]) -> Result<String, LicenseError> {
        if kind::is_zip(bytes) && self.archives && self.depth > 0 {
            return archive::body(bytes, Self { archives: false, depth: self.depth - 1 });
        }
        if let Some(kind) = kind::of(bytes) {
            return Err(LicenseError::NothingInside { kind });
        }
        let plain = Self::in_text(bytes);
        if plain.is_ok() || self.depth == 0 {
            return plain;
        }
        let inner = Self { depth: self.depth - 1, ..self };
        let unquoted = transfer::quoted_printable(bytes).map(|bytes| Self::in_text(&bytes));
        let encoded = || transfer::base64_blocks(bytes).into_iter().map(|bytes| inner.body(&bytes));
        match (plain, one_of(unquoted.into_iter().chain(encoded()))) {
            (Err(first), Some(Err(error))) => Err(worse(Some(first), error)),
            (_, Some(found)) => found,
            (plain, None) => plain,
        }
    }

    fn in_text(bytes: &[u8]) -> Result<String, LicenseError> {
        let text = encoding::decode_leniently(bytes).map_err(|problem| LicenseError::NotText { problem })?;
        if text.trim().is_empty() {
            return Err(LicenseError::Empty);
        }
        let all = armors::find(&text);
        one_of(all).unwrap_or_else(|| Err(armors::none(&text)))
    }
}

/// The valid license file, even if it is found several times; otherwise the most informative problem. `None`: `found`
/// is empty.
fn one_of(
    found: impl IntoIterator<Item = Result<String, LicenseError>>,
) -> Option<Result<String, LicenseError>> {
    let (mut good, mut problem) = (None::<String>, None);
    for found in found {
        match found {
            Ok(body) if good.as_ref().is_some_and(|good| *good != body) => {
                return Some(Err(LicenseError::Several));
            }
            Ok(body) => good = Some(body),
            Err(LicenseError::Several) => return Some(Err(LicenseError::Several)),
            Err(error) => problem = Some(worse(problem, error)),
        }
    }
    good.map(Ok).or(problem.map(Err))
}

/// The more informative of two problems. A problem in a license file is more informative than “no license file”;
/// `Several` is the most informative.
fn worse(one: Option<LicenseError>, other: LicenseError) -> LicenseError {
    let says_nothing = |error: &LicenseError| {
        matches!(
            error,
            LicenseError::NotALicenseFile
                | LicenseError::Empty
                | LicenseError::NotText { .. }
                | LicenseError::NothingInside { .. }
        )
    };
    match one {
        _ if other == LicenseError::Several => other,
        Some(one) if !says_nothing(&one) || says_nothing(&other) => one,
        _ => other,
    }
}
