//! License files in a text, whatever stands around them and whatever a mail program did to their lines.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::kind;
use crate::license::{LicenseError, armor};

/// The marks without what mail programs change: dashes and white space.
const BEGIN: &str = "BEGINLICENSEFILE";
const END: &str = "ENDLICENSEFILE";

/// The base64 of each, or what is wrong with it; empty when the text has not even a first line of one.
pub(super) fn find(text: &str) -> Vec<Result<String, LicenseError>> {
    let squeezed = Squeezed::of(text);
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(begin) = squeezed.text[from..].find(BEGIN).map(|at| from + at + BEGIN.len()) {
        let rest = &squeezed.text[begin..];
        let (end, next) = (rest.find(END), rest.find(BEGIN));
        from = begin;
        match (end, next) {
            // The words stand in somebody's explanation, or the last line of this one is lost.
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

/// What to say of a text without a license file.
pub(super) fn none(text: &str) -> LicenseError {
    if armor::BEGIN.starts_with(text.trim()) {
        LicenseError::Truncated
    } else if let Some(kind) = kind::of_text(text) {
        LicenseError::NothingInside { kind }
    } else {
        LicenseError::NotALicenseFile
    }
}

/// A text without white space, marks of quoting and invisible characters, all dashes the same.
struct Squeezed {
    text: String,
    /// Where each line of the text begins in it.
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

    /// The base64 between two marks.
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

/// Without `> `, `>> `, `| ` or `AL> ` in front.
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
