//! The Machine ID as text: Crockford's base32 of version, hashes and checksum, in groups of five.
//!
//! 1 byte version, 6 × 4 bytes hashes, 3 bytes checksum: 224 bits in 45 characters, with one spare bit that must be
//! zero.

use sha2::{Digest, Sha256};

use super::FactorName;

/// Number of bytes of SHA-256 per factor: enough that two machines do not match by chance, too few to find the value.
pub(super) const HASH_BYTES: usize = 4;
pub(super) const FACTORS: usize = FactorName::ALL.len();

type Hashes = [[u8; HASH_BYTES]; FACTORS];

const PREFIX: &str = "TK1";
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 3;
const BYTES: usize = 1 + FACTORS * HASH_BYTES + CHECKSUM_BYTES;
const CHARACTERS: usize = (BYTES * 8).div_ceil(5);
/// The maximum length of a text that is read.
const LONGEST: usize = 200;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Why a text is not a Machine ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAMachineId {
    #[error("The Machine ID is empty. Copy it from the Activate page or from `testkeep-server machine-id`.")]
    Empty,
    #[error("A Machine ID starts with “TK1-”. Copy the whole line from the Activate page.")]
    Prefix,
    #[error(
        "The Machine ID has {found} characters after “TK1-” instead of {CHARACTERS}. Copy the whole line from the Activate page."
    )]
    Length { found: usize },
    #[error(
        "“{0}” cannot be part of a Machine ID, which has digits and letters only. Check for a typing error."
    )]
    Character(char),
    #[error(
        "The Machine ID contains a typing error: its checksum does not fit. Compare it with the Activate page."
    )]
    Checksum,
    #[error("This Machine ID has the newer form {0}. Use a newer version of this program.")]
    Version(u8),
}

pub(super) fn encode(hashes: &Hashes) -> String {
    let mut bytes = vec![VERSION];
    bytes.extend(hashes.iter().flatten());
    bytes.extend(checksum(&bytes));
    let mut text = String::from(PREFIX);
    for (position, character) in base32(&bytes).chars().enumerate() {
        if position % 5 == 0 {
            text.push('-');
        }
        text.push(character);
    }
    text
}

pub(super) fn decode(text: &str) -> Result<Hashes, NotAMachineId> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NotAMachineId::Empty);
    }
    let kept: String = text.chars().take(LONGEST).filter(|c| *c != '-' && !c.is_whitespace()).collect();
    let body = match kept.get(..PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(PREFIX) => &kept[PREFIX.len()..],
        _ => return Err(NotAMachineId::Prefix),
    };
    let digits = body.chars().map(digit).collect::<Result<Vec<u8>, _>>()?;
    if digits.len() != CHARACTERS || text.len() > LONGEST {
        return Err(NotAMachineId::Length { found: digits.len() });
    }
    let bytes = unpack(&digits).ok_or(NotAMachineId::Checksum)?;
    let (signed, sum) = bytes.split_at(BYTES - CHECKSUM_BYTES);
    if checksum(signed) != sum {
        return Err(NotAMachineId::Checksum);
    }
    match signed.split_first() {
        Some((&VERSION, rest)) => Ok(hashes(rest)),
        Some((&other, _)) => Err(NotAMachineId::Version(other)),
        None => Err(NotAMachineId::Empty),
    }
}

fn hashes(bytes: &[u8]) -> Hashes {
    let mut hashes = Hashes::default();
    for (hash, chunk) in hashes.iter_mut().zip(bytes.chunks_exact(HASH_BYTES)) {
        hash.copy_from_slice(chunk);
    }
    hashes
}

fn checksum(bytes: &[u8]) -> Vec<u8> {
    let digest = Sha256::new().chain_update(PREFIX).chain_update(bytes).finalize();
    digest.iter().copied().take(CHECKSUM_BYTES).collect()
}

fn digit(character: char) -> Result<u8, NotAMachineId> {
    let folded = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let position = ALPHABET.iter().position(|letter| char::from(*letter) == folded);
    position.and_then(|p| u8::try_from(p).ok()).ok_or(NotAMachineId::Character(character))
}

fn base32(bytes: &[u8]) -> String {
    let bit = |index: usize| bytes.get(index / 8).map_or(0, |byte| byte >> (7 - index % 8) & 1);
    (0..CHARACTERS)
        .map(|character| (0..5).fold(0_u8, |value, offset| value << 1 | bit(character * 5 + offset)))
        .map(|value| char::from(ALPHABET[usize::from(value & 31)]))
        .collect()
}

/// `None` if the spare bits are not zero, so that each value has only one text.
fn unpack(digits: &[u8]) -> Option<[u8; BYTES]> {
    let bit = |index: usize| digits.get(index / 5).map_or(0, |digit| digit >> (4 - index % 5) & 1);
    let mut bytes = [0; BYTES];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = (0..8).fold(0, |value, offset| value << 1 | bit(index * 8 + offset));
    }
    (BYTES * 8..CHARACTERS * 5).all(|index| bit(index) == 0).then_some(bytes)
}
