//! Addresses and passwords of people.

use serde::{Deserialize, Serialize};

/// An e-mail address in its one spelling: trimmed, lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is not an e-mail address. Enter one such as ada@example.com.")]
pub struct NotAnEmailAddress(String);

impl EmailAddress {
    /// One `@`, something on both sides, no white space, quotes or control characters, at most 254 bytes.
    /// Deliberately laxer than RFC 5321 on the domain: closed networks use names without a dot.
    pub fn parse(text: &str) -> Result<Self, NotAnEmailAddress> {
        let text = text.trim().to_lowercase();
        let fine = text.len() <= 254
            && text.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && local.len() <= 64 && !domain.is_empty() && !domain.contains('@')
            })
            && !text.chars().any(|c| c.is_control() || c.is_whitespace() || "\"<>()[],;:\\".contains(c));
        if fine { Ok(Self(text)) } else { Err(NotAnEmailAddress(text.chars().take(80).collect())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
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

pub const PASSWORD_MIN: usize = 8;
/// Argon2 takes time per call, not per byte, but a bound keeps a request small.
pub const PASSWORD_MAX_BYTES: usize = 256;

/// Why a password will not do, or `None`.
pub fn password_problem(password: &str) -> Option<&'static str> {
    if password.chars().count() < PASSWORD_MIN {
        Some("Use at least 8 characters.")
    } else if password.len() > PASSWORD_MAX_BYTES {
        Some("Use at most 256 bytes.")
    } else if password.trim().is_empty() {
        Some("Use something other than spaces.")
    } else {
        None
    }
}

pub const NAME_MAX: usize = 100;

/// Why a person's name will not do, or `None`.
pub fn name_problem(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("Enter a name.")
    } else if name.chars().count() > NAME_MAX {
        Some("Use at most 100 characters.")
    } else if name.chars().any(char::is_control) {
        Some("Remove the control characters.")
    } else {
        None
    }
}

/// Everything wrong with a new person's fields, by the names they have in the API and the answer file.
pub fn person_problems(
    email: &str,
    password: &str,
    first_name: &str,
    last_name: &str,
) -> Vec<(&'static str, String)> {
    let problems = [
        ("email", EmailAddress::parse(email).err().map(|error| error.to_string())),
        ("password", password_problem(password).map(Into::into)),
        ("first_name", name_problem(first_name).map(Into::into)),
        ("last_name", name_problem(last_name).map(Into::into)),
    ];
    problems.into_iter().filter_map(|(field, problem)| problem.map(|problem| (field, problem))).collect()
}
