//! A password a person can copy by hand: 100 random bits, without letters that look alike.

use anyhow::Result;

/// Exactly 32 letters, so that five bits of a random byte choose each with the same probability.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

pub(super) fn generate() -> Result<String> {
    let mut random = [0_u8; 20];
    getrandom::fill(&mut random)?;
    let letters: Vec<u8> = random.iter().map(|byte| LETTERS[usize::from(byte & 31)]).collect();
    let groups: Vec<_> = letters.chunks(5).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn differs_every_time_and_keeps_its_form() {
        let (one, other) = (super::generate().unwrap(), super::generate().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 5, 5]);
    }
}
