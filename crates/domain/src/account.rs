//! Email addresses, and the names of people.
//!
//! An email address has one spelling, so two addresses are equal if their texts are equal: no invisible characters, no
//! full-width letters, lower case, domains in Unicode (`xn--…` is decoded). The mail library decides what a valid
//! address is, so mail can be sent to every address that is accepted here. Must never fold `ß` to `ss` or `ı` to `i`:
//! these are different mailboxes, and a mail for one must never reach the other.

use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::password::{NewPassword, Owner};
use crate::text::{compatible, fold, hidden_problem, without_invisible};

/// An email address in its one spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not an email address{}. Enter one such as ada@example.com.", reason(*.problem))]
pub struct NotAnEmailAddress {
    text: String,
    problem: Option<&'static str>,
}

fn reason(problem: Option<&'static str>) -> String {
    problem.map(|problem| format!(": {problem}")).unwrap_or_default()
}

impl EmailAddress {
    /// Reads an address. Also accepts `mailto:ada@example.com`, `SMTP:ada@example.com`, `<ada@example.com>` and
    /// `Ada Lovelace <ada@example.com>`. A domain needs no dot, because closed networks have domains without one.
    ///
    /// # Errors
    /// The text is not an email address.
    pub fn parse(text: &str) -> Result<Self, NotAnEmailAddress> {
        let spelled = one_spelling(bare(&without_invisible(text)));
        match problem(&spelled) {
            None => Ok(Self(spelled)),
            Some(problem) => Err(NotAnEmailAddress::new(text, problem)),
        }
    }

    /// Reads an address for signing in. An older, less strict rule may have accepted the stored address. So this
    /// refuses only text that no version has accepted.
    ///
    /// # Errors
    /// The text is not an email address under either rule.
    pub fn of_sign_in(text: &str) -> Result<Self, NotAnEmailAddress> {
        Self::parse(text).or_else(|refused| {
            let text = text.trim().to_lowercase();
            let fine = text.len() <= 254
                && text.split_once('@').is_some_and(|(local, domain)| {
                    !local.is_empty() && !domain.is_empty() && !domain.contains('@')
                })
                && !text.chars().any(|c| c.is_control() || c.is_whitespace() || "\"<>()[],;:\\".contains(c));
            if fine { Ok(Self(text)) } else { Err(refused) }
        })
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NotAnEmailAddress {
    fn new(text: &str, problem: &'static str) -> Self {
        let text = text.trim().chars().filter(|c| !c.is_control()).take(80).collect();
        Self { text, problem: (!problem.is_empty()).then_some(problem) }
    }
}

/// The address without a name, brackets, quotes and `mailto:` around it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    // Text with several lines is not a name with an address.
    if text.contains(char::is_control) {
        return text;
    }
    let text = match (text.rfind('<'), text.rfind('>')) {
        (Some(from), Some(to)) if from < to && to + 1 == text.len() => &text[from + 1..to],
        _ => text,
    };
    let text = text.trim().trim_matches(['"', '\'', '“', '”', '„', '‘', '’']).trim();
    // Microsoft's mail servers export lists in which each address has its type before it.
    if let Some(address) = after(text, "smtp:") {
        return address;
    }
    // A link may have a subject and other parameters after the address.
    match after(text, "mailto:") {
        Some(link) => link.split_once('?').map_or(link, |(address, _)| address),
        None => text,
    }
}

/// The text after `scheme`, in upper or lower case.
fn after<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let start = text.get(..scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
}

fn one_spelling(text: &str) -> String {
    let text = compatible(&text.trim().to_lowercase()).to_lowercase();
    let Some((local, domain)) = text.rsplit_once('@') else { return text };
    // `problem` refuses an invalid domain later, with a message.
    let (domain, written_out) = idna::domain_to_unicode(domain);
    if written_out.is_err() { text } else { format!("{local}@{domain}") }
}

/// `None`: a valid address. Empty: the text does not look like an address at all.
fn problem(text: &str) -> Option<&'static str> {
    let Some((local, domain)) = text.rsplit_once('@') else { return Some("") };
    if text.len() > 254 || local.len() > 64 {
        return Some("it is too long");
    }
    if text.chars().any(char::is_whitespace) {
        return Some("there is a blank in it");
    }
    let odd = |c: char| c.is_control() || "\"<>()[],;:\\".contains(c);
    if text.chars().any(odd) || local.contains('@') {
        return Some("there is a character in it that no address has");
    }
    if !email_address::EmailAddress::is_valid_local_part(local) {
        return Some(if local.is_empty() { "" } else { "the part before the @ is not valid" });
    }
    let ascii = idna::domain_to_ascii(domain).ok().filter(|ascii| !ascii.is_empty());
    let fine = ascii.is_some_and(|ascii| email_address::EmailAddress::is_valid_domain(&ascii));
    (!fine).then_some(if domain.is_empty() { "" } else { "the part after the @ is not a domain" })
}

impl TryFrom<String> for EmailAddress {
    type Error = NotAnEmailAddress;
    fn try_from(text: String) -> Result<Self, NotAnEmailAddress> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.0
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

pub const NAME_MAX: usize = 100;

/// Why the name of a person, scope, user group or API key is refused; `None`: it is valid. Blanks around it are
/// ignored.
pub fn name_problem(name: &str) -> Option<String> {
    if fold(name).is_empty() {
        Some("Enter a name.".into())
    } else if name.trim().chars().count() > NAME_MAX {
        Some("Use at most 100 characters.".into())
    } else {
        hidden_problem(name)
    }
}

/// All problems in the fields of a new person, by the fields' names in the API and the answer file.
pub fn person_problems(
    email: &str,
    password: &Secret,
    first_name: &str,
    last_name: &str,
) -> Vec<(&'static str, String)> {
    let owner = Owner { email, first_name, last_name, places: Vec::new() };
    let problems = [
        ("email", EmailAddress::parse(email).err().map(|error| error.to_string())),
        ("password", NewPassword::choose(password, &owner).err()),
        ("first_name", name_problem(first_name)),
        ("last_name", name_problem(last_name)),
    ];
    problems.into_iter().filter_map(|(field, problem)| problem.map(|problem| (field, problem))).collect()
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod laws;
#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> Option<String> {
        EmailAddress::parse(text).ok().map(Into::into)
    }

    #[test]
    fn one_address_has_one_spelling() {
        for (text, expected) in [
            (" Ada@Example.COM ", "ada@example.com"),
            ("mailto:ada@example.com?subject=Hello", "ada@example.com"),
            ("<ada@example.com>", "ada@example.com"),
            ("SMTP:Ada@example.com", "ada@example.com"),
            ("smtp:ada@example.com", "ada@example.com"),
            ("Ada Lovelace <ada@example.com>", "ada@example.com"),
            ("\"Lovelace, Ada\" <ada@example.com>", "ada@example.com"),
            ("ada@xn--mnchen-3ya.example", "ada@münchen.example"),
            ("ada@MÜNCHEN.example", "ada@münchen.example"),
            ("ada@mu\u{308}nchen.example", "ada@münchen.example"),
            ("ÖZLEM@example.com", "özlem@example.com"),
            ("o\u{308}zlem@example.com", "özlem@example.com"),
            ("иван@пример.example", "иван@пример.example"),
            ("ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ada@example.com"),
            ("a\u{200b}da@exam\u{ad}ple.com\u{feff}", "ada@example.com"),
            ("\u{a0}ada@example.com\u{a0}", "ada@example.com"),
            ("\u{202a}ada@example.com\u{202c}", "ada@example.com"),
            ("ada+tag@host", "ada+tag@host"),
            ("o'brien@example.com", "o'brien@example.com"),
        ] {
            assert_eq!(spelled(text).as_deref(), Some(expected), "{text:?}");
            assert_eq!(spelled(expected).as_deref(), Some(expected), "its own spelling stays");
        }
    }

    #[test]
    fn other_mailboxes_stay_other_mailboxes() {
        for (left, right) in [
            ("mike@example.com", "mıke@example.com"),
            ("strasse@example.com", "straße@example.com"),
            ("a@strasse.example", "a@straße.example"),
            ("ada@example.com", "аda@example.com"),
        ] {
            assert_ne!(spelled(left), spelled(right), "{left} {right}");
        }
    }

    #[test]
    fn what_no_mail_server_takes_is_refused_in_words() {
        for (text, words) in [
            ("", "is not"),
            ("ada", "is not"),
            ("@example.com", "is not"),
            ("ada@", "is not"),
            ("ada lovelace@example.com", "blank"),
            ("ada@exam ple.com", "blank"),
            ("a@b@example.com", "character"),
            ("ada@[127.0.0.1]", "character"),
            (".ada@example.com", "before the @"),
            ("ada..l@example.com", "before the @"),
            ("ada@-example.com", "after the @"),
            ("ada@example..com", "after the @"),
            ("ada@_example.com", "after the @"),
        ] {
            let refused = EmailAddress::parse(text).unwrap_err().to_string();
            assert!(refused.contains(words), "{text:?}: {refused}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert!(EmailAddress::parse(&long).unwrap_err().to_string().contains("too long"));
    }

    #[test]
    fn who_came_in_by_the_older_rule_still_signs_in() {
        for text in ["ada@_example.com", "ada..l@example.com"] {
            assert!(EmailAddress::parse(text).is_err());
            assert_eq!(EmailAddress::of_sign_in(text).unwrap().as_str(), text);
        }
        assert!(EmailAddress::of_sign_in("nobody").is_err());
    }
}
