//! The token of an upload (header `Idempotency-Key`): the server counts two uploads with one token once.
//!
//! By default it is made of everything that makes an upload what it is. In a CI this includes the run of the job, so
//! that a repeated step counts once and the next run counts again. Elsewhere it includes when the files were written.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{About, Ci, Packed};

/// 8 to 128 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UploadKey(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("An idempotency key has 8 to 128 visible ASCII characters, without spaces.")]
pub struct KeyError;

impl UploadKey {
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (8..=128).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(KeyError) }
    }

    pub fn of(project: &str, about: &About, packed: &Packed, ci: Option<&Ci>) -> Self {
        let mut hash = Sha256::new();
        let run = ci.map_or(packed.written.as_str(), |ci| ci.run.as_str());
        let labels = about.pairs().flat_map(|(name, value)| [name, value]);
        for part in [project, run, packed.content.as_str(), packed.name.as_str()].into_iter().chain(labels) {
            // The length keeps neighbors apart.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self(hex::encode(hash.finalize()))
    }

    /// A further key for the `number`-th upload of a command; the first has the given one.
    #[must_use]
    pub fn numbered(&self, number: usize) -> Self {
        if number == 0 {
            return self.clone();
        }
        Self(hex::encode(Sha256::digest(format!("{}\n{number}", self.0))))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UploadKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        Self::parse(&text)
    }
}

impl From<UploadKey> for String {
    fn from(key: UploadKey) -> Self {
        key.0
    }
}

impl fmt::Display for UploadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upload::{find, pack};

    #[test]
    fn is_short_and_visible() {
        assert!(UploadKey::parse("12345678").is_ok());
        for wrong in ["1234567", "", "1234 5678", "1234567é", "1234567\n", &"x".repeat(129)] {
            assert_eq!(UploadKey::parse(wrong), Err(KeyError), "{wrong}");
        }
        let key = UploadKey::parse("12345678").unwrap();
        assert_eq!(key.numbered(0), key);
        assert_ne!(key.numbered(1), key.numbered(2));
    }

    #[test]
    fn a_repeated_step_has_the_same_and_the_next_run_another() {
        let folder = tempfile::tempdir().unwrap();
        let packed = |content: &str| {
            std::fs::write(folder.path().join("a.tap"), content).unwrap();
            pack(&find(&["a.tap".into()], folder.path()).unwrap().files, false).unwrap()
        };
        let ci = |run: &str| Ci { about: About::default(), run: run.into() };
        let about = About::default();
        let key = |content, run: Option<&Ci>| UploadKey::of("7", &about, &packed(content), run);
        assert_eq!(key("ok 1", Some(&ci("1"))), key("ok 1", Some(&ci("1"))));
        assert_ne!(key("ok 1", Some(&ci("1"))), key("ok 1", Some(&ci("2"))));
        assert_ne!(key("ok 1", Some(&ci("1"))), key("ok 2", Some(&ci("1"))));
        let once = packed("ok 1");
        assert_eq!(UploadKey::of("7", &about, &once, None), UploadKey::of("7", &about, &once, None));
        assert_ne!(UploadKey::of("7", &about, &once, None), UploadKey::of("8", &about, &once, None));
        let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        std::fs::File::options()
            .write(true)
            .open(folder.path().join("a.tap"))
            .unwrap()
            .set_modified(later)
            .unwrap();
        let again = pack(&find(&["a.tap".into()], folder.path()).unwrap().files, false).unwrap();
        assert_eq!(once.content, again.content);
        assert_ne!(UploadKey::of("7", &about, &once, None), UploadKey::of("7", &about, &again, None));
        let key = key("ok 1", None);
        assert_eq!(UploadKey::parse(key.as_str()), Ok(key));
    }
}
