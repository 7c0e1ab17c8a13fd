//! Finds the license file in a zip archive.
//!
//! Limits the number of entries and the bytes read of each entry and of all, independently of the sizes that the
//! archive declares. Must never open an archive inside the archive.

use std::io::{Cursor, Read as _};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{Search, one_of};
use crate::license::{LicenseError, MAX_BYTES};

const MOST_ENTRIES: usize = 64;
/// The maximum number of unpacked bytes of all entries together.
const MOST_BYTES: usize = 4 * MAX_BYTES;
const KIND: &str = "a zip archive";

pub(super) fn body(bytes: &[u8], search: Search) -> Result<String, LicenseError> {
    let damaged = |error: &dyn std::fmt::Display| LicenseError::Archive { reason: error.to_string() };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let (mut found, mut left) = (Vec::new(), MOST_BYTES);
    for number in 0..archive.len().min(MOST_ENTRIES) {
        let entry = match archive.by_index(number) {
            Ok(entry) if entry.is_dir() => continue,
            Ok(entry) => entry,
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                found.push(Err(damaged(&"it has a password")));
                continue;
            }
            Err(error) => {
                found.push(Err(damaged(&error)));
                continue;
            }
        };
        let mut content = Vec::new();
        let most = left.min(MAX_BYTES + 1);
        if let Err(error) = entry.take(most as u64).read_to_end(&mut content) {
            found.push(Err(damaged(&error)));
            continue;
        }
        left -= content.len();
        // A larger file is not the license; the archive may contain other files.
        if content.len() <= MAX_BYTES {
            found.push(search.body(&content));
        }
        if left == 0 {
            break;
        }
    }
    match one_of(found) {
        Some(Err(
            LicenseError::NotALicenseFile
            | LicenseError::Empty
            | LicenseError::NotText { .. }
            | LicenseError::NothingInside { .. },
        ))
        | None => Err(LicenseError::NothingInside { kind: KIND }),
        Some(found) => found,
    }
}
