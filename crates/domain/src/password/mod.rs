//! The rules for new passwords, and the normalized form in which passwords are hashed.
//!
//! Only [`NewPassword::choose`] makes a [`NewPassword`], so every function that stores a new password applies the same
//! rules. Signing in must never apply these rules: an accepted password keeps working.

mod common;

use unicode_normalization::UnicodeNormalization;

use crate::Secret;
use crate::text::{fold, is_invisible};
use common::is_common;

pub const PASSWORD_MIN: usize = 8;
/// The maximum length of the normalized form, so that the way of typing makes no difference. It keeps rows and requests
/// small; the time of Argon2 does not depend on the length.
pub const PASSWORD_MAX_BYTES: usize = 256;

const PRODUCTS: [&str; 2] = ["testkeep", "katalon"];
/// The minimum length of a name that is searched for. Shorter names are parts of too many words.
const NAME_MIN: usize = 3;

/// Facts about the person that others guess first.
#[derive(Clone, Debug, Default)]
pub struct Owner<'a> {
    pub email: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
    /// Names of the account and the organizations the person is in.
    pub places: Vec<&'a str>,
}

/// An accepted password in normalized form.
#[derive(Clone, Debug)]
pub struct NewPassword(Secret);

impl NewPassword {
    /// # Errors
    /// The reason why the password is refused, as text for its field.
    pub fn choose(typed: &Secret, owner: &Owner<'_>) -> Result<Self, String> {
        let normalized = normalized(typed);
        match problem(normalized.expose(), owner) {
            Some(problem) => Err(problem.to_owned()),
            None => Ok(Self(normalized)),
        }
    }

    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

/// The password in Unicode's composed form (NFC), in which passwords are hashed. Keyboards and systems produce `é` as
/// one character or as two.
pub fn normalized(typed: &Secret) -> Secret {
    Secret::new(typed.expose().nfc().collect::<String>())
}

fn problem(password: &str, owner: &Owner<'_>) -> Option<&'static str> {
    if password.chars().count() < PASSWORD_MIN {
        Some("Use at least 8 characters.")
    } else if password.len() > PASSWORD_MAX_BYTES {
        Some("Use at most 256 bytes.")
    } else if password.trim().is_empty() {
        Some("Use something other than spaces.")
    } else if password.starts_with(char::is_whitespace) || password.ends_with(char::is_whitespace) {
        Some(
            "Remove the blank at the beginning or the end: nobody sees it, and it gets lost when the password is copied.",
        )
    } else if password.chars().any(is_unfit) {
        Some(
            "There is a character in it that cannot be seen or typed, such as a no-break space. Type the password \
             instead of pasting it.",
        )
    } else if is_common(password) {
        Some(
            "This password is one of those that are guessed first. Choose another, such as four words that you remember.",
        )
    } else if is_about(password, owner) {
        Some(
            "This password is little more than your name, your address, or the name of your organization or this product. \
              Choose another.",
        )
    } else {
        None
    }
}

/// Whether the character is a blank other than the space, a control character, or invisible. Variation selectors of
/// pictures are accepted.
fn is_unfit(c: char) -> bool {
    (c.is_whitespace() && c != ' ')
        || c.is_control()
        || (is_invisible(c) && !matches!(c, '\u{fe00}'..='\u{fe0f}'))
}

/// Whether too few characters are left without the words that others know about the person.
fn is_about(password: &str, owner: &Owner<'_>) -> bool {
    let whole = fold(password);
    let email = fold(owner.email);
    if !email.is_empty() && whole.contains(&email) {
        return true;
    }
    let left = words(owner).iter().fold(whole.clone(), |left, word| left.replace(word, ""));
    left.chars().filter(|c| c.is_alphanumeric()).count() < PASSWORD_MIN && left.len() < whole.len()
}

/// The words, longest first, so that a whole word is removed before a part of it.
fn words(owner: &Owner<'_>) -> Vec<String> {
    let names = [owner.email, owner.first_name, owner.last_name];
    let all = names.into_iter().chain(owner.places.iter().copied()).chain(PRODUCTS);
    let mut words: Vec<String> = all
        .flat_map(|name| {
            let folded = fold(name);
            let parts: Vec<String> =
                folded.split(|c: char| !c.is_alphanumeric()).map(ToOwned::to_owned).collect();
            std::iter::once(folded).chain(parts)
        })
        .filter(|word| word.chars().count() >= NAME_MIN && !matches!(word.as_str(), "com" | "org" | "net"))
        .collect();
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> Owner<'static> {
        Owner {
            email: "ada.king@example.com",
            first_name: "Ada",
            last_name: "Lovelace",
            places: vec!["Analytical Engines Ltd"],
        }
    }

    fn choose(password: &str) -> Result<NewPassword, String> {
        NewPassword::choose(&Secret::new(password), &ada())
    }

    #[test]
    fn takes_what_people_choose() {
        for fine in [
            "correct horse battery",
            "a new password",
            "naïve crème brûlée",
            "пароль для Ады и всех",
            "ab12%&cd89",
            "lovelace wrote programs in 1843",
            "正确的马电池订书钉",
        ] {
            assert!(choose(fine).is_ok(), "{fine}: {:?}", choose(fine));
        }
    }

    #[test]
    fn refuses_what_is_guessed_first() {
        for common in [
            "password",
            "Password1",
            "PASSWORD2026!",
            "12345678",
            "qwertyuiop",
            "aaaaaaaa",
            "abcabcabc",
            "12341234",
            "iloveyou",
            "letmein123",
            "Welcome2026",
            "!!sunshine!!",
            "trustno1",
            "баобаобао",
            "87654321",
            "12345678901",
            "123456abcdef",
            "zyxwvutsrq",
            "asdfghjkl;",
            "11223344",
            "12345678!",
            "passwordpassword",
            "Password1Password1",
            "password-password!",
            "qwertyqwerty",
            "ｐａｓｓｗｏｒｄ１",
            "１２３４５６７８",
            "ＱＷＥＲＴＹuiop",
            "йцукенгш",
        ] {
            assert!(choose(common).is_err(), "{common}");
        }
        for own in [
            "ada.king@example.com",
            "Ada.King@Example.com-and-more",
            "lovelace1815",
            "AdaLovelace",
            "ada-king-2026",
            "Testkeep2026!",
            "katalon-2026",
            "AnalyticalEngines",
            "analytical engines ltd",
            "example.com",
            "ＬＯＶＥＬＡＣＥ1815",
        ] {
            assert!(choose(own).is_err(), "{own}");
        }
    }

    #[test]
    fn refuses_what_gets_lost() {
        for lost in [
            " correct horse",
            "correct horse ",
            "correct horse\u{a0}",
            "correct\u{a0}horse",
            "correct\u{200b}horse",
            "correct\thorse",
            "correct\nhorse",
            "\u{feff}correct horse",
            "        ",
        ] {
            assert!(choose(lost).is_err(), "{lost:?}");
        }
        assert!(choose("1234567").is_err() && choose(&"é".repeat(129)).is_err());
        // Six and seven characters in composed form, although more are typed.
        assert!(choose(&"e\u{301}x".repeat(3)).is_err() && choose("e\u{301}1o\u{308}2a\u{302}3z").is_err());
    }

    #[test]
    fn typed_as_one_character_or_two_it_is_the_same() {
        let (one, two) = ("caf\u{e9} am see 7", "cafe\u{301} am see 7");
        assert_eq!(choose(one).unwrap().secret(), choose(two).unwrap().secret());
        assert_eq!(normalized(&Secret::new(two)).expose(), one);
    }
}
