//! Passwords that are guessed first: a list of common passwords, repeated patterns, and runs along a row of keys.
//!
//! Passwords are compared after folding (`text::fold`), so full-width letters and capitals make no difference. Source
//! of `common_passwords.txt`: the list of zxcvbn (MIT, `common_passwords.LICENSE.txt`), shortened, with some words
//! added.

use super::{NAME_MIN, PASSWORD_MIN};
use crate::text::fold;

pub(super) const COMMON: &str = include_str!("../common_passwords.txt");
/// A password that repeats a pattern of up to this many characters is refused.
const PATTERN_MAX: usize = 4;
/// A password of straight runs is refused if the runs have at least this length on average.
const RUN_MIN: usize = 3;
/// Rows of keys. Runs from right to left count too.
const ROWS: [&str; 11] = [
    "1234567890",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
];

pub(super) fn is_common(password: &str) -> bool {
    let folded = fold(password);
    let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
    is_word(&folded)
        || [folded.as_str(), bare].into_iter().filter(|part| is_most_of(part, &folded)).any(|part| {
            let chars: Vec<char> = part.chars().collect();
            is_pattern(&chars) || is_straight(&chars) || is_repeated_word(&chars)
        })
}

/// Whether the password is on the list, unchanged or with digits and signs around it.
fn is_word(folded: &str) -> bool {
    let bare = folded.trim_matches(|c: char| !c.is_alphanumeric());
    let word = folded.trim_matches(|c: char| !c.is_alphabetic());
    let undecorated = word.len() >= NAME_MIN && is_most_of(word, folded);
    let bare_counts = bare.chars().count() >= PASSWORD_MIN && is_most_of(bare, folded);
    COMMON
        .lines()
        .any(|common| common == folded || (undecorated && common == word) || (bare_counts && common == bare))
}

/// Whether the rest of `whole` around `part` is shorter than a password.
fn is_most_of(part: &str, whole: &str) -> bool {
    whole.chars().count() < part.chars().count() + PASSWORD_MIN
}

/// Recognizes `aaaaaaaa`, `abcabcabc`, `12341234`.
fn is_pattern(chars: &[char]) -> bool {
    (1..=PATTERN_MAX).any(|length| repeats_after(chars, length))
}

fn repeats_after(chars: &[char], length: usize) -> bool {
    chars.iter().zip(chars.iter().skip(length)).all(|(one, next)| one == next)
}

/// Recognizes `passwordpassword`, `password1password1`, `password-password`: a repeated word of the list, whose last
/// repetition may be cut off.
fn is_repeated_word(chars: &[char]) -> bool {
    let unit = (PATTERN_MAX + 1..chars.len()).find(|length| repeats_after(chars, *length));
    unit.is_some_and(|length| is_word(&chars[..length].iter().collect::<String>()))
}

/// Recognizes `87654321`, `12345678901`, `abcd1234`, `asdfghjkl`, `11223344`: few runs, each in one direction.
fn is_straight(chars: &[char]) -> bool {
    let mut chars = chars.to_vec();
    chars.dedup();
    let mut runs = 1;
    let mut kept: Option<Step> = None;
    for pair in chars.windows(2) {
        let found = steps(pair[0], pair[1]);
        match (kept, found.as_slice()) {
            (Some(step), found) if found.contains(&step) => {}
            // The second character of a run sets its direction.
            (None, [step, ..]) => kept = Some(*step),
            _ => {
                runs += 1;
                kept = None;
            }
        }
    }
    chars.len() >= RUN_MIN && runs * RUN_MIN <= chars.len()
}

/// A step along the alphabet or digits (`None`) or along a row of keys; `true`: forward.
type Step = (Option<usize>, bool);

fn steps(from: char, to: char) -> Vec<Step> {
    let mut found = Vec::new();
    let follows = |from: char, to: char| {
        let both_letters = from.is_alphabetic() && to.is_alphabetic();
        // 0 follows 9.
        let both_digits = from.is_ascii_digit() && to.is_ascii_digit();
        (both_letters && u32::from(from) + 1 == u32::from(to))
            || (both_digits && (u32::from(from) - 47) % 10 == u32::from(to) - 48)
    };
    found.extend(follows(from, to).then_some((None, true)));
    found.extend(follows(to, from).then_some((None, false)));
    for (number, row) in ROWS.into_iter().enumerate() {
        let place = |wanted: char| row.chars().position(|key| key == wanted);
        if let (Some(from), Some(to)) = (place(from), place(to)) {
            found.extend((from + 1 == to).then_some((Some(number), true)));
            found.extend((to + 1 == from).then_some((Some(number), false)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_as_it_is_compared() {
        for word in COMMON.lines() {
            assert_eq!(fold(word), word);
        }
    }

    fn straight(text: &str) -> bool {
        is_straight(&text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn fingers_that_follow_a_row_are_noticed() {
        for text in [
            "12345678",
            "87654321",
            "09876543",
            "12345678901",
            "abcdefgh",
            "hgfedcba",
            "abcd1234",
            "1234dcba",
            "qwertzui",
            "poiuytre",
            "asdfghjk",
            "11223344",
            "aabbccdd",
            "azertyuiop",
            "абвгдежз",
            "ролджэ",
        ] {
            assert!(straight(text), "{text}");
        }
        for text in ["38492716", "19840723", "kq7#mzx2", "hijk2mno", "first defense", "correct horse", "ab"] {
            assert!(!straight(text), "{text}");
        }
    }

    #[test]
    fn what_is_joined_to_a_password_of_its_own_is_fine() {
        for text in ["password kq7#mzx2", "12345678 kq7#mzx2", "correcthorsecorrecthorse"] {
            assert!(!is_common(text), "{text}");
        }
        for text in
            ["passwordpassword", "password1password1!", "PASSWORD password", "--12345678--", "passwordpass"]
        {
            assert!(is_common(text), "{text}");
        }
    }
}
