//! Decodes text from files and pipes of other programs.
//!
//! Editors on Windows write byte order marks and UTF-16, and PowerShell writes them to pipes. Must never guess an
//! encoding and return wrong characters: a password or address that is almost right is worse than a refusal.

mod lines;

use std::borrow::Cow;

pub use lines::{LineError, Lines};

/// Why bytes are not text. Each message is a sentence about “it”.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    #[error("It is encoded as UTF-32. Save or send it as UTF-8.")]
    Utf32,
    #[error("It is encoded as UTF-16 and cut off or damaged. Save or send it as UTF-8.")]
    BrokenUtf16,
    #[error(
        "Its line {line} is not UTF-8; the encoding is probably an older one, such as Windows-1252, Latin-1 or a console's code page. Save or send it as UTF-8."
    )]
    OtherEncoding { line: usize },
    #[error(
        "Its line {line} contains zero bytes: it is not text, or it is UTF-16 without a byte order mark. Save or send it as UTF-8."
    )]
    ZeroByte { line: usize },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
    Utf32,
}

impl Encoding {
    /// Recognizes the encoding by the byte order mark, or by the zero byte that each Latin letter has in UTF-16.
    pub(crate) fn of(start: &[u8]) -> Self {
        match start {
            [0xff, 0xfe, 0, 0, ..]
            | [0, 0, 0xfe, 0xff, ..]
            | [1..=255, 0, 0, 0, ..]
            | [0, 0, 0, 1..=255, ..] => Self::Utf32,
            [0xff, 0xfe, ..] | [1..=255, 0, ..] => Self::Utf16Little,
            [0xfe, 0xff, ..] | [0, 1..=255, ..] => Self::Utf16Big,
            _ => Self::Utf8,
        }
    }
}

/// Decodes UTF-8 or UTF-16, with or without a byte order mark. The mark is removed.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    decode_as(Encoding::of(bytes), bytes)
}

/// Replaces carriage returns by line feeds, for text whose lines end as on old Macs. A text that also has line feeds
/// stays unchanged, because a carriage return in it may not be the end of a line.
pub fn with_line_feeds(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\r') && !text.contains('\n') { Cow::Owned(text.replace('\r', "\n")) } else { text }
}

pub(crate) fn decode_as(encoding: Encoding, bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    let text = match encoding {
        Encoding::Utf32 => return Err(NotText::Utf32),
        Encoding::Utf16Little => Cow::Owned(utf16(bytes, u16::from_le_bytes)?),
        Encoding::Utf16Big => Cow::Owned(utf16(bytes, u16::from_be_bytes)?),
        Encoding::Utf8 => Cow::Borrowed(
            std::str::from_utf8(bytes)
                .map_err(|error| NotText::OtherEncoding { line: line_of(&bytes[..error.valid_up_to()]) })?,
        ),
    };
    if let Some(zero) = text.find('\0') {
        return Err(NotText::ZeroByte { line: line_of(&text.as_bytes()[..zero]) });
    }
    Ok(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start_matches(MARK)),
        Cow::Owned(text) => Cow::Owned(text.trim_start_matches(MARK).to_owned()),
    })
}

/// The byte order mark. Some programs write two.
const MARK: char = '\u{feff}';

/// Decodes bytes of an older encoding as other characters instead of refusing them. Only for license files: of them
/// only ASCII is used, and only with a valid signature.
pub(crate) fn decode_leniently(bytes: &[u8]) -> Result<Cow<'_, str>, NotText> {
    match decode(bytes) {
        Err(NotText::OtherEncoding { .. }) => Ok(bytes.iter().copied().map(char::from).collect()),
        decoded => decoded,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, NotText> {
    let (units, []) = bytes.as_chunks::<2>() else { return Err(NotText::BrokenUtf16) };
    char::decode_utf16(units.iter().copied().map(unit))
        .collect::<Result<_, _>>()
        .map_err(|_| NotText::BrokenUtf16)
}

/// The number of the line, counted from 1.
fn line_of(before: &[u8]) -> usize {
    before.split(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn reads_what_windows_writes() {
        let text = "grüße = 'Ω😀'\r\nzwei\r\n";
        let marked = format!("\u{feff}{text}");
        for bytes in [
            text.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            format!("\u{feff}{marked}").into_bytes(),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
            utf16(&marked, u16::to_le_bytes),
            utf16(&marked, u16::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes).unwrap(), text, "{bytes:?}");
        }
        for empty in [&b""[..], b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"] {
            assert_eq!(decode(empty).unwrap(), "");
        }
    }

    #[test]
    fn names_what_it_cannot_read() {
        assert_eq!(decode(b"a = 1\nb = '\xfc'\n"), Err(NotText::OtherEncoding { line: 2 }));
        assert_eq!(decode(b"\xff\xfe\0\0a\0\0\0"), Err(NotText::Utf32));
        assert_eq!(decode(b"a\0\0\0b\0\0\0"), Err(NotText::Utf32));
        assert_eq!(decode(b"\xff\xfea\0b"), Err(NotText::BrokenUtf16));
        assert_eq!(decode(b"\xff\xfe\x00\xd8a\0"), Err(NotText::BrokenUtf16), "half a pair");
        assert_eq!(decode(b"abc\nd\0"), Err(NotText::ZeroByte { line: 2 }));
        // Cyrillic in UTF-16 without a byte order mark.
        assert!(decode(&utf16("Пароль\r\n", u16::to_le_bytes)).is_err());
        assert_eq!(decode_leniently(b"Gr\xfc\xdfe").unwrap(), "Grüße");
        for utf32 in [&b"\0\0\xfe\xff\0\0\0a"[..], b"\0\0\0a\0\0\0b"] {
            assert_eq!(decode(utf32), Err(NotText::Utf32), "{utf32:?}");
        }
    }
}
