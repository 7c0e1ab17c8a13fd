//! The Machine ID as a value: one short hash per factor.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::text::{self, FACTORS, HASH_BYTES};
use super::{FactorName, FactorPresence, Factors, NotAMachineId};

const ABSENT: [u8; HASH_BYTES] = [0; HASH_BYTES];
/// Makes the hashes different from any other SHA-256 of the same values.
const SALT: &str = "testkeep machine factor 1";

/// A Machine ID. Its text is `TK1-` and nine groups of five characters. Equal texts mean equal factors; use
/// [`MachineId::matches`] to compare the ID in a license with the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MachineId {
    pub(super) hashes: [[u8; HASH_BYTES]; FACTORS],
}

impl MachineId {
    pub fn from_factors(factors: &Factors) -> Self {
        Self {
            hashes: FactorName::ALL.map(|name| factors.get(name).map_or(ABSENT, |value| hash(name, value))),
        }
    }

    /// Reads the text in upper or lower case, with or without dashes; `O` is read as zero, `I` and `L` as one.
    pub fn parse(text: &str) -> Result<Self, NotAMachineId> {
        text::decode(text).map(|hashes| Self { hashes })
    }

    pub fn has(&self, name: FactorName) -> bool {
        self.hash(name).is_some()
    }

    /// All factors, in a fixed order.
    pub fn factors(&self) -> Vec<FactorPresence> {
        FactorName::ALL.into_iter().map(|name| FactorPresence { name, present: self.has(name) }).collect()
    }

    /// Whether the machine has enough factors to be licensed: at least three, one of them unique to it. A container
    /// without `/etc/machine-id` has not.
    pub fn is_identifying(&self) -> bool {
        let present = || FactorName::ALL.into_iter().filter(|name| self.has(*name));
        present().count() >= 3 && present().any(FactorName::is_unique)
    }

    pub(super) fn hash(&self, name: FactorName) -> Option<[u8; HASH_BYTES]> {
        self.hashes.get(name.index()).copied().filter(|hash| *hash != ABSENT)
    }
}

fn hash(name: FactorName, value: &str) -> [u8; HASH_BYTES] {
    let digest =
        Sha256::new().chain_update(SALT).chain_update([0]).chain_update(name.word()).chain_update([0]);
    let digest = digest.chain_update(value).finalize();
    let mut hash = ABSENT;
    hash.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    // All zero means absent.
    if hash == ABSENT { [0, 0, 0, 1] } else { hash }
}

impl std::fmt::Display for MachineId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&text::encode(&self.hashes))
    }
}

impl std::str::FromStr for MachineId {
    type Err = NotAMachineId;
    fn from_str(text: &str) -> Result<Self, NotAMachineId> {
        Self::parse(text)
    }
}

impl TryFrom<String> for MachineId {
    type Error = NotAMachineId;
    fn try_from(text: String) -> Result<Self, NotAMachineId> {
        Self::parse(&text)
    }
}

impl From<MachineId> for String {
    fn from(id: MachineId) -> Self {
        id.to_string()
    }
}
