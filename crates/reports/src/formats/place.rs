//! Places in source code as tools write them: `cart.cpp:42`, `cart.cpp:42:7`, `cart.cpp(42)`.

use crate::limits::NAME;
use crate::text::cut;

/// The file and the line at the beginning of a text.
pub(super) fn place(text: &str) -> Option<(String, u64)> {
    let text = text.trim_start();
    // The first letter may be a drive of Windows, `C:\cart.cpp:42`.
    let starts = text.char_indices().skip(2).filter(|(_, c)| matches!(c, ':' | '('));
    starts.map(|(at, _)| (&text[..at], &text[at + 1..])).find_map(|(file, rest)| {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let line = rest[..digits].parse::<u64>().ok().filter(|line| *line > 0)?;
        let is_file = file.contains('.') && !file.contains(['\n', '"', '\'']);
        is_file.then(|| (cut(file, NAME), line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_places_in_all_notations() {
        for (text, expected) in [
            ("utpp.cpp(14) : false", Some(("utpp.cpp", 14))),
            ("C:\\a b\\cart.cpp(7): error", Some(("C:\\a b\\cart.cpp", 7))),
            ("cart_test.go:42: expected 1", Some(("cart_test.go", 42))),
            ("/w/cart.test.js:42:7", Some(("/w/cart.test.js", 42))),
            ("Error: expected 1", None),
            ("line 3: no", None),
            ("a.b", None),
        ] {
            let expected = expected.map(|(file, line)| (file.to_owned(), line));
            assert_eq!(place(text), expected, "{text}");
        }
    }
}
