//! Decodes the encodings of mail, quoted-printable and base64 (RFC 2045), with or without the rest of the mail.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The minimum length of an attachment in base64. Shorter runs of letters are words.
const SHORTEST: usize = 40;
/// The maximum number of attachments that are decoded. A mail with a license has fewer.
const MOST_BLOCKS: usize = 32;

/// Decodes quoted-printable. `None`: the bytes contain no such encoding.
pub(super) fn quoted_printable(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let (mut rest, mut changed) = (bytes, false);
    while let Some((&first, more)) = rest.split_first() {
        let hex = |at: usize| more.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        rest = match (first, hex(0), hex(1)) {
            (b'=', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                changed = true;
                &more[2..]
            }
            (b'=', ..) if soft_break(more).is_some() => {
                changed = true;
                soft_break(more).unwrap_or(more)
            }
            _ => {
                decoded.push(first);
                more
            }
        };
    }
    changed.then_some(decoded)
}

/// The bytes after a soft line break. Mail gateways may add blanks before the line end.
fn soft_break(after: &[u8]) -> Option<&[u8]> {
    let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    after[blanks..].strip_prefix(b"\n")
}

/// The decoded bytes of each run of lines that is valid base64.
pub(super) fn base64_blocks(bytes: &[u8]) -> Vec<Vec<u8>> {
    let Ok(text) = crate::encoding::decode_leniently(bytes) else { return Vec::new() };
    let is_base64 = |line: &str| {
        !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
    };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let runs = lines.split(|line| !is_base64(line)).map(<[&str]>::concat);
    runs.filter(|run| run.len() >= SHORTEST)
        .filter_map(|run| STANDARD.decode(run).ok())
        .take(MOST_BLOCKS)
        .collect()
}
