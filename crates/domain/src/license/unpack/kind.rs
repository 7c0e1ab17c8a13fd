//! Recognizes kinds of files by their first bytes, to name them in a refusal.

const KINDS: [(&[u8], &str); 14] = [
    (b"PK", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"(\xb5/\xfd", "a zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    // Compound files: `.msg`, `.doc`.
    (b"\xd0\xcf\x11\xe0", "a saved Outlook message or an old Office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
];

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

/// The name of the kind, if the bytes are of a common kind.
pub(super) fn of(bytes: &[u8]) -> Option<&'static str> {
    let zip = |start: &[u8]| start != b"PK" || bytes.get(2).is_some_and(|byte| *byte < 9);
    let known = KINDS.into_iter().find(|(start, _)| bytes.starts_with(start) && zip(start));
    known.map(|(_, kind)| kind).or_else(|| is_tar(bytes).then_some("a tar archive"))
}

/// The mark of a tar archive is after the name of the first file. Archives in an older format have none.
fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// The name of the kind, if the text is of a common kind other than a license file.
pub(super) fn of_text(text: &str) -> Option<&'static str> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let starts = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    match () {
        () if starts("<!doctype html") || starts("<html") => Some("a web page (HTML)"),
        () if starts("<?xml") => Some("an XML document"),
        () => None,
    }
}
