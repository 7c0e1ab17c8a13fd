//! TOML in which every unknown key is refused by name, all of them in one message.

use serde::de::DeserializeOwned;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrictTomlError {
    #[error("{0}")]
    Syntax(String),
    #[error("Unknown key{}: {}. Correct the spelling or remove {}.", plural(.0), .0.join(", "), it(.0))]
    UnknownKeys(Vec<String>),
}

/// Parses `text`; fails on syntax, on a missing or wrong value, and on any key `T` does not know.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, StrictTomlError> {
    let syntax = |error: toml::de::Error| StrictTomlError::Syntax(error.to_string().trim().to_owned());
    let mut unknown = Vec::new();
    let deserializer = toml::Deserializer::parse(text).map_err(syntax)?;
    let parsed = serde_ignored::deserialize(deserializer, |path| unknown.push(format!("`{path}`")));
    // Unknown keys first: a misspelt key is also the usual reason why another one is missing.
    if !unknown.is_empty() {
        return Err(StrictTomlError::UnknownKeys(unknown));
    }
    parsed.map_err(syntax)
}

fn plural(keys: &[String]) -> &'static str {
    if keys.len() == 1 { "" } else { "s" }
}

fn it(keys: &[String]) -> &'static str {
    if keys.len() == 1 { "it" } else { "them" }
}
