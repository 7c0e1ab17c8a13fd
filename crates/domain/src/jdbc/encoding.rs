//! Percent-encoding as pgJDBC uses it (`java.net.URLDecoder`, UTF-8): `%XX` is a byte and `+` is a space.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b',');

/// Why a text cannot be decoded; `explanation` is the end of a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    Percent,
    NotUtf8,
    Control,
}

impl Malformed {
    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::Percent => {
                "contains a “%” that is not followed by two hexadecimal digits. Write a literal “%” as %25."
            }
            Self::NotUtf8 => "contains percent-encoded bytes that are not UTF-8. Encode the text as UTF-8.",
            Self::Control => "contains an encoded control character. Remove it.",
        }
    }
}

pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

pub(super) fn decode(text: &str) -> Result<String, Malformed> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hexadecimal(bytes.next())? << 4 | hexadecimal(bytes.next())?,
            other => other,
        });
    }
    let decoded = String::from_utf8(decoded).map_err(|_| Malformed::NotUtf8)?;
    if decoded.chars().any(char::is_control) { Err(Malformed::Control) } else { Ok(decoded) }
}

fn hexadecimal(byte: Option<u8>) -> Result<u8, Malformed> {
    let digit = byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or(Malformed::Percent)?;
    u8::try_from(digit).map_err(|_| Malformed::Percent)
}
