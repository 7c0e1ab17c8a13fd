//! Addresses with a user and a password in them.

use std::borrow::Cow;

use super::HIDDEN;

/// The text with the passwords of its addresses hidden: `https://ada:[redacted]@host`. A part before `@` that has no
/// colon is a token, and hidden too.
pub fn redact_urls(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        rest = after;
        if let Some((user, length)) = user_part(after) {
            shown.extend([user, HIDDEN]);
            rest = &after[length..];
        }
    }
    if shown.len() + rest.len() == text.len() && !shown.contains(HIDDEN) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(shown + rest)
}

/// What is shown of the part before `@`, and the length of that part. A password may hold `/`, `?` and `#` although it
/// must not; a port may be the reason for a colon.
fn user_part(after: &str) -> Option<(&str, usize)> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '{' | '}' | '\\' | '`');
    let address = &after[..after.find(ends).unwrap_or(after.len())];
    let authority = &address[..address.find(['/', '?', '#']).unwrap_or(address.len())];
    let length = if let Some(at) = authority.rfind('@') {
        at
    } else {
        let (_, port) = authority.split_once(':')?;
        let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        address.find('@').filter(|_| !is_port)?
    };
    let user = &address[..length];
    let shown = user.find(':').map_or("", |colon| &user[..=colon]);
    Some((shown, length))
}
