//! Pairs of names and values inside a text: JSON, the notation of Java's maps, command lines, queries.

use super::HIDDEN;
use super::names::{is_secret, is_trivial};

/// The longest name that is looked for.
const NAME: usize = 64;

/// The text with the values of secret names hidden; `None`: it has none.
pub(super) fn redacted(text: &str) -> Option<String> {
    let mut shown = String::new();
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = text[at..].find(['=', ':']) {
        let sign = at + found;
        at = sign + 1;
        let Some(name) = name_before(text, sign, kept) else { continue };
        if !is_secret(name, "") {
            continue;
        }
        let Some((start, end)) = value_after(text, sign + 1) else { continue };
        let value = &text[start..end];
        if is_trivial(value) || !is_secret(name, value) {
            continue;
        }
        shown.extend([&text[kept..start], HIDDEN]);
        (kept, at) = (end, end);
    }
    (kept > 0).then(|| shown + &text[kept..])
}

/// The name before the sign. A colon makes a pair only in quotes or brackets, because it is in sentences too.
fn name_before(text: &str, sign: usize, from: usize) -> Option<&str> {
    let before = text[from..sign].trim_end();
    let (bare, is_quoted) = match before.strip_suffix(['"', '\'']) {
        Some(bare) => (bare, true),
        None => (before, false),
    };
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = bare.bytes().rev().take(NAME).take_while(is_part).count();
    let (outside, name) = bare.split_at(bare.len() - length);
    let is_listed = is_quoted || outside.trim_end().ends_with(['{', ',']);
    let is_pair = !name.is_empty() && (text.as_bytes()[sign] == b'=' || is_listed);
    is_pair.then_some(name)
}

/// Where the value after the sign begins and ends, without quotes; `None`: it is pairs itself.
fn value_after(text: &str, from: usize) -> Option<(usize, usize)> {
    let start = text.len() - text[from..].trim_start_matches(' ').len();
    match text[start..].chars().next()? {
        '{' | '[' => None,
        quote @ ('"' | '\'') => match end_of_quote(text, start + 1, quote) {
            Some(end) => Some((start + 1, end)),
            // The quote belongs to the value.
            None => Some((start, end_of_value(text, start))),
        },
        _ => Some((start, end_of_value(text, start))),
    }
}

/// Where a value in quotes ends. `None`: it does not, or it goes on after the quote.
fn end_of_quote(text: &str, start: usize, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text[start..].char_indices() {
        if c == quote && !is_escaped {
            let rest = &text[start + at + 1..];
            let is_end =
                rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || ",;&}])".contains(c));
            return is_end.then_some(start + at);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    None
}

/// A value may hold commas and brackets itself. So it ends only where the next pair or option begins, at a bracket
/// that closes, or at the end of the line.
fn end_of_value(text: &str, start: usize) -> usize {
    let ends = |at: usize, c: char| {
        let rest = &text[at + c.len_utf8()..];
        match c {
            '\n' | '\r' => true,
            ',' | ';' | '&' => begins_pair(rest.strip_prefix(' ').unwrap_or(rest)),
            ' ' | '\t' => begins_pair(rest) || rest.starts_with('-'),
            '}' | ')' | ']' => rest.is_empty() || rest.starts_with([',', '}', ')', ']', ' ', '\n']),
            _ => false,
        }
    };
    let end = text[start..].char_indices().find(|(at, c)| ends(start + at, *c));
    let end = end.map_or(text.len(), |(at, _)| start + at);
    start + text[start..end].trim_end().len()
}

/// `name=`, `name: `, `"name":`, `--name=`
fn begins_pair(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '"', '\'']);
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
    let length = text.bytes().take(NAME).take_while(is_part).count();
    let (name, rest) = text.split_at(length);
    let rest = rest.trim_start_matches(['"', '\'']).trim_start_matches(' ');
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && (name.ends_with(':') || rest.starts_with([':', '=']))
}
