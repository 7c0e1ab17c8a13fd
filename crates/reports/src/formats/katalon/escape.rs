//! Texts of Katalon Studio are escaped more than once: as XML, then as XML again, and in newer logs as Java before.

use std::borrow::Cow;

/// The longest reference that is looked for, with `&` and `;`.
const REFERENCE: usize = 12;

/// The text without the second escaping. What is no reference stays as it is.
pub(super) fn from_xml(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = reference(rest);
        plain.push(found.map_or('&', |(c, _)| c));
        rest = &rest[found.map_or(1, |(_, length)| length)..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The character of the reference at the beginning of a text, and the length of the reference.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(REFERENCE).position(|byte| byte == b';')?;
    let c = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))?
        }
    };
    Some((c, end + 1))
}

/// The text without the escapes of Java: `\n`, `\"`, `\u00e9`.
pub(super) fn from_java(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut units = Vec::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        let c = if c == '\\' { escaped(&mut letters, &mut units) } else { Some(c) };
        if let Some(c) = c {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }
    Cow::Owned(String::from_utf16_lossy(&units))
}

/// The character after a backslash. A code of four digits is a unit of UTF-16 and goes to `units`.
fn escaped(letters: &mut std::str::Chars<'_>, units: &mut Vec<u16>) -> Option<char> {
    let rest = letters.as_str();
    match letters.next() {
        Some('n') => Some('\n'),
        Some('t') => Some('\t'),
        Some('r') => Some('\r'),
        Some(c @ ('\\' | '"' | '\'' | '/')) => Some(c),
        Some('u') if rest.get(1..5).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())) => {
            units.extend(rest.get(1..5).and_then(|hex| u16::from_str_radix(hex, 16).ok()));
            *letters = rest[5..].chars();
            None
        }
        _ => {
            *letters = rest.chars();
            Some('\\')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_the_second_escaping() {
        for (text, expected) in [
            ("click(&apos;a&apos;) &lt;b&gt;", "click('a') <b>"),
            ("&amp;quot;", "&quot;"),
            ("&#233;&#xE9;&#0;", "éé&#0;"),
            ("a & b &; &nothing; &", "a & b &; &nothing; &"),
            ("plain", "plain"),
        ] {
            assert_eq!(from_xml(text), expected, "{text}");
        }
    }

    #[test]
    fn undoes_the_escapes_of_java() {
        for (text, expected) in [
            (r"a\nb\t\u00e9\ud83d\udd12", "a\nb\té\u{1f512}"),
            (r#"C:\\Temp \"x\""#, r#"C:\Temp "x""#),
            (r"\u00g0 \x \", r"\u00g0 \x \"),
        ] {
            assert_eq!(from_java(text), expected, "{text}");
        }
    }
}
