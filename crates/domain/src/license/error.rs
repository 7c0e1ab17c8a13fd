//! Reasons why a text is not a license of a trusted vendor.

use super::{ALGORITHM, FORMAT_VERSION, MAX_BYTES};
use crate::encoding::NotText;

/// A refusal of [`super::LicenseFile::read`]. No content of the file may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LicenseError {
    #[error("The license file is empty. Choose the file that your vendor sent.")]
    Empty,
    #[error(
        "The license file is larger than {} KiB, which no license is. Choose the file that your vendor sent.",
        MAX_BYTES / 1024
    )]
    TooLarge,
    #[error(
        "This is not a license file: it does not start with “-----BEGIN LICENSE FILE-----”. Choose the file that your vendor sent."
    )]
    NotALicenseFile,
    #[error(
        "The license file is cut off: its last line, “-----END LICENSE FILE-----”, is missing. Copy the whole file again."
    )]
    Truncated,
    #[error(
        "The license file has other text after its last line. Save the license alone, as your vendor sent it."
    )]
    TrailingText,
    #[error("The license file cannot be read. {problem}")]
    NotText { problem: NotText },
    #[error(
        "This is {kind}, and no license file was found in it. Take the license file out of it, or ask your vendor for the file itself."
    )]
    NothingInside { kind: &'static str },
    #[error(
        "This is a zip archive that cannot be unpacked ({reason}). Unpack it yourself and choose the license file in it."
    )]
    Archive { reason: String },
    #[error("Several different license files are in it. Import each of them from a file of its own.")]
    Several,
    #[error(
        "The license file is damaged: {found:?} in line {line} does not belong to it. A mail or text program has probably changed it: ask your vendor to send it as an attachment, best in a zip archive."
    )]
    ForeignCharacter { found: char, line: usize },
    #[error(
        "The license file is damaged: {part} is not valid base64. Copy the file again, as an attachment rather than as text."
    )]
    Base64 { part: &'static str },
    #[error("The license file is damaged: {part} is not valid JSON ({reason}). Copy the file again.")]
    Json { part: &'static str, reason: String },
    #[error(
        "The license file names “{key}” twice, so its meaning is not certain. Ask your vendor for a new file."
    )]
    DuplicateKey { key: String },
    #[error("The license file is nested too deeply. Ask your vendor for a new file.")]
    TooDeep,
    #[error(
        "The license file is signed with “{found}”; this program accepts “{ALGORITHM}” alone. Ask your vendor for such a file."
    )]
    Algorithm { found: String },
    #[error(
        "The signature in the license file is {found} bytes long instead of 64. Copy the file again, or ask your vendor for a new one."
    )]
    SignatureLength { found: usize },
    #[error(
        "The license was signed by a vendor that this build does not trust (key {key_id}). Ask the vendor who supplied this program for a license."
    )]
    UnknownKey { key_id: String },
    #[error(
        "The license file was changed after it was signed, or is damaged: its signature does not fit. Use the file exactly as your vendor sent it."
    )]
    BadSignature,
    #[error(
        "The license has format {found}; this program knows format {FORMAT_VERSION}. Use a newer version of this program."
    )]
    FormatVersion { found: u64 },
    #[error("The license is not usable: {field} {problem}. Ask your vendor for a new file.")]
    Field { field: String, problem: FieldProblem },
    #[error("The license contradicts itself: {first} and {second} differ. Ask your vendor for a new file.")]
    Contradiction { first: &'static str, second: &'static str },
}

/// The problem of one field; its text follows the name of the field in a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    #[error("is missing")]
    Missing,
    #[error("is not known")]
    Unknown,
    #[error("must be {expected}")]
    Type { expected: &'static str },
    #[error("is not valid: {0}")]
    Value(String),
}
