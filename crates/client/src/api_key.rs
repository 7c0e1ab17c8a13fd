//! The API key that a program signs in with. Must never be printed, logged or put on a command line.

use testkeep_domain::Secret;

const PREFIX: &str = "tkk_";
const DIGITS: usize = 64;

/// `tkk_` and 64 hexadecimal digits, as *Profile → API keys* shows it once.
#[derive(Clone, Debug)]
pub struct ApiKey(Secret);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This is not an API key: one is {PREFIX} and {DIGITS} hexadecimal digits. Make one in Testkeep, Profile → API keys."
)]
pub struct ApiKeyError;

impl ApiKey {
    /// Ignores white space around the key: files and variables often contain it.
    ///
    /// # Errors
    /// The text is not an API key.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let text = text.trim();
        let digits = text.strip_prefix(PREFIX).ok_or(ApiKeyError)?;
        let fine = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if fine { Ok(Self(Secret::new(text))) } else { Err(ApiKeyError) }
    }

    /// The value of the header `Authorization`.
    pub(crate) fn bearer(&self) -> Secret {
        Secret::new(format!("Bearer {}", self.0.expose()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_keys_alone() {
        let key = format!("tkk_{}", "0aF9".repeat(16));
        assert!(ApiKey::parse(&format!(" {key}\r\n")).is_ok());
        for wrong in ["", "tkk_", &key[4..], &key[..67], &format!("{key}0"), &key.replace('9', "g")] {
            assert_eq!(ApiKey::parse(wrong).unwrap_err(), ApiKeyError, "{wrong}");
        }
        assert!(!format!("{:?}", ApiKey::parse(&key).unwrap()).contains("0aF9"));
    }
}
