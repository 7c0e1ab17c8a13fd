//! Email addresses: laws of their one spelling, and both sides of every bound.

use proptest::prelude::*;

use super::*;

fn parsed(text: &str) -> Option<String> {
    EmailAddress::parse(text).ok().map(Into::into)
}

fn refusal(text: &str) -> String {
    EmailAddress::parse(text).unwrap_err().to_string()
}

/// An address with `local` bytes before the @ and `all` bytes in total.
fn sized(local: usize, all: usize) -> String {
    let mut domain = String::new();
    while domain.len() + 1 < all - local {
        let label = (all - local - domain.len() - 2).min(63);
        domain =
            if domain.is_empty() { "d".repeat(label) } else { format!("{}.{domain}", "d".repeat(label)) };
        if domain.len() + 1 + local == all - 1 {
            domain.push('d');
        }
    }
    format!("{}@{domain}", "a".repeat(local))
}

proptest! {
    #[test]
    fn its_own_spelling_stays(text in "[A-Za-z0-9.+-]{1,20}@[A-Za-z0-9-]{1,15}(\\.[A-Za-z]{2,8}){0,2}") {
        if let Ok(email) = EmailAddress::parse(&text) {
            prop_assert_eq!(email.as_str(), text.to_lowercase());
            prop_assert_eq!(&email.to_string(), email.as_str());
            prop_assert_eq!(parsed(email.as_str()), Some(email.as_str().to_owned()));
            prop_assert_eq!(EmailAddress::of_sign_in(&text), Ok(email.clone()));
            let json = serde_json::to_string(&email).unwrap();
            prop_assert_eq!(serde_json::from_str::<EmailAddress>(&json).unwrap(), email);
        }
    }

    #[test]
    fn what_stands_around_it_does_not_matter(name in "[A-Za-z ]{0,12}", left in "[ \\t]{0,3}", right in "[ \\t]{0,3}") {
        for text in [
            format!("{left}ada@example.com{right}"),
            format!("{name}<ada@example.com>{right}"),
            format!("{left}\"ada@example.com\"{right}"),
            format!("{left}mailto:ada@example.com?subject={name}"),
            format!("{left}MAILTO:ada@example.com{right}"),
        ] {
            // A tab is a control character: a text with one is not taken apart.
            let inner = text.trim();
            if !inner.contains('\t') {
                prop_assert_eq!(parsed(&text), Some("ada@example.com".to_owned()), "{:?}", text);
            }
        }
    }

    #[test]
    fn nothing_makes_it_panic_and_nothing_odd_comes_out(text in "\\PC{0,60}|[<>@a\"':. ]{0,20}") {
        for read in [EmailAddress::parse(&text), EmailAddress::of_sign_in(&text)].into_iter().flatten() {
            let (local, domain) = read.as_str().rsplit_once('@').unwrap();
            prop_assert!(!local.is_empty() && !domain.is_empty());
            prop_assert!(!read.as_str().contains(|c: char| c.is_control() || c.is_whitespace() || "\"<>()[],;:\\".contains(c)));
        }
    }
}

#[test]
fn lengths_have_bounds() {
    let fine = |text: &str| EmailAddress::parse(text).is_ok();
    assert!(fine(&sized(64, 100)) && !fine(&sized(65, 100)));
    assert!(refusal(&sized(65, 100)).contains("too long"));
    assert_eq!((sized(10, 254).len(), sized(10, 255).len()), (254, 255));
    assert!(fine(&sized(10, 254)), "{}", refusal(&sized(10, 254)));
    assert!(refusal(&sized(10, 255)).contains("too long"));
    // The older rule limited only the total length.
    let older = |all: usize| EmailAddress::of_sign_in(&format!("{}@_x", "a".repeat(all - 3)));
    assert!(older(254).is_ok() && older(255).is_err());
}

#[test]
fn brackets_count_around_an_address_alone() {
    assert_eq!(parsed("a> <ada@example.com>").as_deref(), Some("ada@example.com"));
    for text in [">ada@example.com<", "ada@example.com>", "<ada@example.com", "<ada@example.com>more"] {
        assert!(refusal(text).contains("a character in it that no address has"), "{text}");
    }
    assert!(refusal("<ada@example.com> and more").contains("blank"));
    assert!(EmailAddress::parse("<>").is_err());
    // A question mark may be part of an address, but in a link it ends the address.
    assert_eq!(parsed("a?b@example.com").as_deref(), Some("a?b@example.com"));
    assert_eq!(parsed("mailto:a?b@example.com"), None);
    assert!(EmailAddress::parse("Ada\n<ada@example.com>").is_err(), "several lines are no name");
}

#[test]
fn a_refusal_quotes_what_was_typed() {
    assert_eq!(refusal(" nobody "), "“nobody” is not an email address. Enter one such as ada@example.com.");
    assert_eq!(
        refusal("a b@example.com"),
        "“a b@example.com” is not an email address: there is a blank in it. Enter one such as ada@example.com."
    );
    for text in ["ada@", "@example.com", "@"] {
        assert!(refusal(text).contains("is not an email address. Enter"), "{text}: {}", refusal(text));
    }
    let long = refusal(&format!("a\u{7}{}", "b".repeat(100)));
    assert!(long.starts_with(&format!("“a{}”", "b".repeat(79))), "{long}");
}

#[test]
fn signing_in_takes_older_addresses_and_no_other_text() {
    for (typed, stored) in [(" ADA@_Example.com ", "ada@_example.com"), (".ada@host", ".ada@host")] {
        assert!(EmailAddress::parse(typed).is_err());
        assert_eq!(EmailAddress::of_sign_in(typed).unwrap().as_str(), stored);
    }
    for never in [
        "@_example.com",
        ".ada@",
        ".ada@a@b",
        ".a da@host",
        ".ada@ho\u{a0}st",
        ".a\u{7}da@host",
        ".ada,bob@host",
        ".ada@[::1]",
        "ada",
        "",
    ] {
        assert_eq!(EmailAddress::of_sign_in(never).ok(), None, "{never:?}");
    }
}

#[test]
fn names_are_short_and_visible() {
    assert_eq!(name_problem("Ada"), None);
    assert_eq!(name_problem(&"é".repeat(100)), None);
    assert_eq!(name_problem(&"é".repeat(101)), Some("Use at most 100 characters.".into()));
    for nothing in ["", "  ", "\u{200b}", "\u{a0}\u{feff}"] {
        assert_eq!(name_problem(nothing), Some("Enter a name.".into()), "{nothing:?}");
    }
    assert!(name_problem("A\u{7}da").unwrap().contains("U+0007"));
    assert!(name_problem("Ada\u{202e}").unwrap().contains("U+202E"));
    assert!(name_problem("Ada\n").unwrap().contains("end of a line"));
}

#[test]
fn a_new_person_hears_of_every_wrong_field() {
    let problems = |email, password: &str, first, last| -> Vec<&'static str> {
        let problems = person_problems(email, &Secret::new(password), first, last);
        assert!(problems.iter().all(|(_, words)| words.ends_with('.')), "{problems:?}");
        problems.into_iter().map(|(field, _)| field).collect()
    };
    let fine = "correct horse battery";
    assert!(problems("ada@example.com", fine, "Ada", "Lovelace").is_empty());
    assert_eq!(problems("ada", fine, "Ada", "Lovelace"), ["email"]);
    assert_eq!(problems("ada@example.com", "short", "Ada", "Lovelace"), ["password"]);
    assert_eq!(problems("ada@example.com", "Lovelace1", "Ada", "Lovelace"), ["password"], "made of the name");
    assert_eq!(problems("ada@example.com", fine, "", "\n"), ["first_name", "last_name"]);
    assert_eq!(problems("", "", "", ""), ["email", "password", "first_name", "last_name"]);
}
