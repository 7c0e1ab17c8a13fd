//! Finds license files in a text, with other text around them and with lines changed by mail programs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kind;
use crate::license::{LicenseError, armor};

/// The markers without dashes and white space, because mail programs change these.
const BEGIN: &str = "BEGINLICENSEFILE";
const END: &str = "ENDLICENSEFILE";

/// The base64 of each license file in the text, or its problem. Empty if the text does not contain a BEGIN marker.
pub(super) fn find(text: &str) -> Vec<Result<String, LicenseError>> {
    let squeezed = Squeezed::of(text);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(begin) = squeezed.text[from..].find(BEGIN).map(|at| from + at + BEGIN.len()) {
        let rest = &squeezed.text[begin..];
        let (end, next) = (rest.find(END), rest.find(BEGIN));
        from = begin;
        match (end, next) {
            // Another BEGIN follows before the next END: this BEGIN is part of an explanation, or its END is missing.
            (Some(end), Some(next)) if next < end => {}
            (Some(end), _) => {
                found.push(squeezed.body(begin, begin + end));
                from = begin + end;
            }
            (None, _) => found.push(Err(LicenseError::Truncated)),
        }
    }
    found
}

/// The error for a text without a license file.
pub(super) fn none(text: &str) -> LicenseError {
    if armor::BEGIN.starts_with(text.trim()) {
        LicenseError::Truncated
    } else if let Some(kind) = kind::of_text(text) {
        LicenseError::NothingInside { kind }
    } else {
        LicenseError::NotALicenseFile
    }
}

/// A text without white space, quoting characters and invisible characters, and with equal dashes.
struct Squeezed {
    text: String,
    /// The position of each line of the original text in `text`.
    lines: Vec<usize>,
}

impl Squeezed {
    fn of(text: &str) -> Self {
        let mut squeezed = Self { text: String::with_capacity(text.len()), lines: Vec::new() };
        for line in text.split(['\n', '\r', '\u{2028}', '\u{2029}']) {
            squeezed.lines.push(squeezed.text.len());
            let seen = unquoted(line).chars().filter(|c| !c.is_whitespace() && !is_invisible(*c));
            squeezed.text.extend(seen.map(|c| if is_dash(c) { '-' } else { c }));
        }
        squeezed
    }

    /// The base64 between two markers.
    fn body(&self, begin: usize, end: usize) -> Result<String, LicenseError> {
        let body = &self.text[begin..end];
        let start = begin + (body.len() - body.trim_start_matches('-').len());
        let body = body.trim_matches('-');
        let foreign = |c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c);
        if let Some((at, found)) = body.char_indices().find(|(_, c)| foreign(*c)) {
            let line = self.lines.partition_point(|line| *line <= start + at);
            return Err(LicenseError::ForeignCharacter { found, line });
        }
        match STANDARD.decode(body) {
            Ok(_) => Ok(body.to_owned()),
            Err(_) => Err(LicenseError::Base64 { part: "its outer part" }),
        }
    }
}

/// The line without the quoting characters at its beginning: `> `, `>> `, `| ` or `AL> `.
fn unquoted(line: &str) -> &str {
    let mut rest = line;
    loop {
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
        let mark = trimmed.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let initials = trimmed.len() - mark.len();
        rest = match mark.strip_prefix('>') {
            Some(after) if initials <= 3 => after,
            _ => match trimmed.strip_prefix(['|', '│']) {
                Some(after) => after,
                None => return trimmed,
            },
        };
    }
}

fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// Soft hyphens, joiners, direction marks, byte order marks.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
