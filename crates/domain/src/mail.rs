//! How mail is sent, and the kinds of mail there are.

use serde::{Deserialize, Serialize};

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailProtocol {
    /// Not at all.
    Smtp,
    /// Begins in the clear and must become TLS before anything else is said.
    Starttls,
    /// TLS from the first byte.
    Smtps,
}

impl MailProtocol {
    pub const ALL: [Self; 3] = [Self::Smtp, Self::Starttls, Self::Smtps];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Starttls => "starttls",
            Self::Smtps => "smtps",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.as_str() == text)
    }
}

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    Invitation,
    PasswordReset,
    Added,
    Removed,
    RoleChanged,
    LicenseExpiry,
    RunResult,
}

impl MailKind {
    pub const ALL: [Self; 7] = [
        Self::Invitation,
        Self::PasswordReset,
        Self::Added,
        Self::Removed,
        Self::RoleChanged,
        Self::LicenseExpiry,
        Self::RunResult,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::PasswordReset => "password_reset",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::RoleChanged => "role_changed",
            Self::LicenseExpiry => "license_expiry",
            Self::RunResult => "run_result",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether a person may switch it off: not what they cannot get on without.
    pub fn is_optional(self) -> bool {
        !matches!(self, Self::Invitation | Self::PasswordReset)
    }
}

/// Why this is no mail server's host name or address, or `None`.
pub fn mail_host_problem(host: &str) -> Option<&'static str> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
    if host.is_empty() {
        Some("Enter the mail server's name or address.")
    } else if host.len() > 253 {
        Some("Use at most 253 characters.")
    } else if host.contains('/') {
        Some("Enter the name alone, without http:// or a path.")
    } else if !host.chars().all(fine) {
        Some("A name has letters, digits, dots and hyphens only.")
    } else if host.contains(':') && host.parse::<std::net::Ipv6Addr>().is_err() {
        Some("Enter the port in its own field.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_hosts_from_other_things() {
        for host in ["mail", "mail.example.com", "10.0.0.25", "fe80::1", "mail_relay"] {
            assert_eq!(mail_host_problem(host), None, "{host}");
        }
        for host in ["", "smtp://mail", "mail:25", "ma il", "mail\r\nX: y", "mäil", &"a".repeat(254)] {
            assert!(mail_host_problem(host).is_some(), "{host}");
        }
    }

    #[test]
    fn names_are_read_back() {
        assert!(
            MailProtocol::ALL
                .into_iter()
                .all(|protocol| MailProtocol::parse(protocol.as_str()) == Some(protocol))
        );
        assert!(MailKind::ALL.into_iter().all(|kind| MailKind::parse(kind.as_str()) == Some(kind)));
    }
}
