//! Reads TOML and refuses unknown keys; one message names all of them.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::encoding::with_line_feeds;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrictTomlError {
    #[error("{0}")]
    Syntax(String),
    #[error("Unknown key{}: {}. Correct the spelling or remove {}.", plural(.0), .0.join(", "), it(.0))]
    UnknownKeys(Vec<String>),
}

/// Parses `text`.
///
/// # Errors
/// The syntax is wrong, a value is missing or wrong, or `T` does not have a key.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, StrictTomlError> {
    let syntax = |error: toml::de::Error| StrictTomlError::Syntax(error.to_string().trim().to_owned());
    let text = with_line_feeds(Cow::Borrowed(text));
    let mut unknown = Vec::new();
    let deserializer = toml::Deserializer::parse(&text).map_err(syntax)?;
    let parsed = serde_ignored::deserialize(deserializer, |path| unknown.push(key(&path)));
    // Unknown keys first: if a key is missing, the usual reason is that it is misspelled.
    if !unknown.is_empty() {
        return Err(StrictTomlError::UnknownKeys(unknown));
    }
    parsed.map_err(syntax)
}

/// `` `database.kind` ``: serde writes `?` for the layer of an optional table.
fn key(path: &serde_ignored::Path<'_>) -> String {
    format!("`{}`", path.to_string().replace(".?", ""))
}

fn plural(keys: &[String]) -> &'static str {
    if keys.len() == 1 { "" } else { "s" }
}

fn it(keys: &[String]) -> &'static str {
    if keys.len() == 1 { "it" } else { "them" }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Known {
        a: i64,
        #[serde(default)]
        inner: Inner,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Inner {
        b: i64,
    }

    fn refusal(text: &str) -> String {
        parse::<Known>(text).unwrap_err().to_string()
    }

    #[test]
    fn every_unknown_key_is_named_in_one_message() {
        assert_eq!(parse::<Known>("a = 1\n[inner]\nb = 2").unwrap(), Known { a: 1, inner: Inner { b: 2 } });
        assert_eq!(refusal("a = 1\nx = 2"), "Unknown key: `x`. Correct the spelling or remove it.");
        assert_eq!(
            refusal("a = 1\nx = 2\n[inner]\nb = 1\ny = 3"),
            "Unknown keys: `inner.y`, `x`. Correct the spelling or remove them."
        );
    }

    #[test]
    fn lines_may_end_as_on_old_macs() {
        assert_eq!(
            parse::<Known>("# why\ra = 1\r[inner]\rb = 2\r").unwrap(),
            Known { a: 1, inner: Inner { b: 2 } }
        );
        assert_eq!(refusal("a = 1\rx = 2\r"), "Unknown key: `x`. Correct the spelling or remove it.");
        // Editors show both characters as line ends, so it is not clear where the comment ends.
        assert!(refusal("a = 1\n# why\rx = 2\n").contains("line 2"));
    }

    #[test]
    fn a_misspelled_key_is_named_before_the_one_that_is_missing() {
        assert!(refusal("aa = 1").contains("`aa`"));
        let missing = refusal("");
        assert!(missing.contains("missing field `a`") && missing == missing.trim(), "{missing}");
        assert!(refusal("a = 'x'").contains("expected i64") && refusal("a = ").contains("line 1"));
    }
}
