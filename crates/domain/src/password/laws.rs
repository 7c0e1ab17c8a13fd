//! Passwords: both sides of every bound, and laws about passwords that are guessed first.

use proptest::prelude::*;

use super::common::COMMON;
use super::*;

const NOBODY: fn() -> Owner<'static> = Owner::default;

fn refusal(password: &str, owner: &Owner<'_>) -> Option<String> {
    NewPassword::choose(&Secret::new(password), owner).err()
}

fn fine(password: &str) -> bool {
    refusal(password, &NOBODY()).is_none()
}

/// Whether the refusal of the password contains this text.
fn says(password: &str, part: &str) -> bool {
    refusal(password, &NOBODY()).is_some_and(|words| words.contains(part))
}

#[test]
fn lengths_have_bounds() {
    assert!(fine("kq7#mZx2") && says("kq7#mZx", "at least 8"));
    assert!(fine("ж№7щ%ъэ2") && says("ж№7щ%ъэ", "at least 8"), "characters, not bytes");
    let long = |bytes: usize| -> String { "kq7#mZx2wv".chars().cycle().take(bytes).collect() };
    assert!(fine(&long(256)) && says(&long(257), "at most 256 bytes"));
    // The limit applies to the stored form: the way of typing makes no difference.
    for (accents, may) in [(124, true), (125, false)] {
        let (one, two) = (format!("kq7#mZx2{}", "é".repeat(accents)), "kq7#mZx2".to_owned());
        let two = format!("{two}{}", "e\u{301}".repeat(accents));
        assert_eq!((one.len(), two.len()), (8 + 2 * accents, 8 + 3 * accents));
        for typed in [one, two] {
            assert_eq!(fine(&typed), may);
            assert_eq!(says(&typed, "at most 256 bytes"), !may);
        }
    }
}

#[test]
fn blanks_are_for_the_middle() {
    assert!(fine("kq7# mZx2"));
    assert!(says("        ", "other than spaces"));
    for lost in [" kq7#mZx2", "kq7#mZx2 ", "\tkq7#mZx2", "kq7#mZx2\u{3000}"] {
        assert!(says(lost, "Remove the blank"), "{lost:?}");
    }
}

#[test]
fn what_cannot_be_seen_cannot_be_typed_again() {
    for invisible in [
        '\t',
        '\u{a0}',
        '\u{2003}',
        '\u{3000}',
        '\0',
        '\u{7f}',
        '\u{ad}',
        '\u{200b}',
        '\u{200f}',
        '\u{202a}',
        '\u{202e}',
        '\u{2060}',
        '\u{2064}',
        '\u{feff}',
        '\u{61c}',
        '\u{2066}',
        '\u{2069}',
        '\u{3164}',
        '\u{e0041}',
    ] {
        assert!(says(&format!("kq7#{invisible}mZx2"), "cannot be seen"), "{invisible:?}");
    }
    for visible in [' ', 'é', '\u{200a}', '😀', '漢', '\u{fe0f}'] {
        let has_width = visible != '\u{200a}';
        assert_eq!(fine(&format!("kq7#{visible}mZx2")), has_width, "{visible:?}");
    }
}

#[test]
fn every_common_word_is_refused_in_any_case_and_with_decoration() {
    for word in COMMON.lines().filter(|word| word.chars().count() >= PASSWORD_MIN).step_by(397) {
        for spelled in [word.to_owned(), word.to_uppercase()] {
            assert!(!fine(&spelled), "{spelled}");
        }
        if word.chars().all(char::is_alphabetic) {
            assert!(!fine(&format!("{word}1")) && !fine(&format!("!!{word}2026!")), "{word}");
        }
    }
    assert!(says("!!sunshine!!", "guessed first"));
    // Eight characters in addition to the word are a password by themselves; fewer are decoration.
    assert!(says("sunshine4711/%$", "guessed first"));
    assert!(fine("sunshine4711/%$8"));
}

proptest! {
    // Each case compares with a long list, which is slow in a build for tests.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_repeats_is_no_password(pattern in "[a-z0-9#%]{1,4}", times in 8_usize..20) {
        let repeated: String = pattern.chars().cycle().take(times).collect();
        prop_assert!(says(&repeated, "guessed first"), "{}", repeated);
        // Eight added characters are a password by themselves.
        let longer = format!("{repeated} kq7#mZx2wv");
        prop_assert!(!says(&longer, "guessed first"), "{}", longer);
    }

    /// A repeated group of five different characters is not a pattern.
    #[test]
    fn longer_patterns_are_no_patterns(times in 10_usize..30) {
        let repeated: String = "kq7#m".chars().cycle().take(times).collect();
        prop_assert!(fine(&repeated));
    }

    #[test]
    fn a_name_with_decoration_is_about_the_person(name in "[b-df-hj-np-tv-z]{4,12}", digits in "[0-9]{0,7}", mark in "[-_!.]?") {
        let password = format!("{name}{mark}{digits}");
        prop_assume!(password.chars().count() >= PASSWORD_MIN && !is_common(&password));
        for owner in [
            Owner { first_name: &name, ..NOBODY() },
            Owner { last_name: &name.to_uppercase(), ..NOBODY() },
            Owner { email: &format!("{name}@b.example"), ..NOBODY() },
            Owner { email: &format!("b@{name}.com"), ..NOBODY() },
            Owner { places: vec![&format!("The {name}, Inc.")], ..NOBODY() },
        ] {
            let refused = refusal(&password, &owner);
            prop_assert!(refused.is_some_and(|words| words.contains("little more than your name")), "{} {:?}", password, owner);
        }
        prop_assert!(fine(&password), "of somebody else");
    }

    #[test]
    fn what_is_chosen_is_stored_as_it_was_typed(password in "[!-~]{12,40}") {
        if let Ok(chosen) = NewPassword::choose(&Secret::new(password.as_str()), &NOBODY()) {
            prop_assert_eq!(chosen.secret().expose(), password);
        }
    }
}

#[test]
fn a_name_in_a_longer_password_is_fine() {
    let ada = Owner {
        email: "ada.king@example.com",
        first_name: "Ada",
        last_name: "Lovelace",
        places: vec!["Engines"],
    };
    let refused = |password: &str| refusal(password, &ada).is_some_and(|words| words.contains("little more"));
    assert!(refused("lovelace7#mZx2wv%"), "seven characters of its own");
    assert!(refusal("lovelace7#mZx2wvk%", &ada).is_none() && refusal("lovelace7kmZx2wv", &ada).is_none());
    assert!(refused("lovelace-#%&/()="), "signs are not counted");
    assert!(refused("x ada.king@example.com 4711 kmZx2wvqtbp"), "the whole address");
    assert!(refused("Katalon-4711") && refused("my-TestKeep-12"), "the product");
    assert!(refused("adalovelaceengines"));
    // Two letters are part of too many words, and a top-level domain is not a name.
    let short = Owner { email: "al@bo.com", first_name: "Al", last_name: "Bo", places: Vec::new() };
    assert!(refusal("albokq7m", &short).is_none());
    assert!(refusal("com7kq4m", &short).is_none());
    let three = Owner { first_name: "Zoe", ..NOBODY() };
    assert!(refusal("zoe1234m", &three).is_some() && refusal("zoe1234m", &short).is_none());
    // A short password that contains nothing about the person.
    assert!(refusal("#%&/()=?", &ada).is_none());
}
