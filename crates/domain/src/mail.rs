//! The protocols of mail servers, and the kinds of mail.

words! {
    /// How the connection to the mail server is protected.
    MailProtocol {
        /// Not protected.
        Smtp "smtp",
        /// Begins unencrypted and must change to TLS before any other command.
        Starttls "starttls",
        /// TLS from the first byte.
        Smtps "smtps",
    }
}

words! {
    /// The kind of a mail: its reason.
    MailKind {
        Invitation "invitation",
        PasswordReset "password_reset",
        Added "added",
        Removed "removed",
        RoleChanged "role_changed",
        LicenseExpiry "license_expiry",
        RunResult "run_result",
    }
}

impl MailKind {
    /// Whether mails of this kind always belong to the account. They are then never sent through an organization's mail
    /// server.
    pub fn is_of_account(self) -> bool {
        matches!(self, Self::PasswordReset | Self::LicenseExpiry)
    }

    /// Whether a person may turn this kind off. Not the kinds that a person needs to get access.
    pub fn is_optional(self) -> bool {
        !matches!(self, Self::Invitation | Self::PasswordReset)
    }
}

/// Normalizes a host as people type it: removes the dot at the end of a full name and the brackets of an IPv6 address.
pub fn mail_host(typed: &str) -> String {
    let host = typed.trim().to_lowercase();
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(inside) = inside.filter(|inside| inside.parse::<std::net::Ipv6Addr>().is_ok()) {
        return inside.to_owned();
    }
    match host.strip_suffix('.') {
        Some(name) if !name.is_empty() && !name.ends_with('.') => name.to_owned(),
        _ => host,
    }
}

/// Why the text is not a host name or address of a mail server; `None`: it is one.
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
    fn hosts_are_understood_as_they_are_written() {
        for (typed, host) in [
            (" Mail.Example.com. ", "mail.example.com"),
            ("[::1]", "::1"),
            ("[FE80::1]", "fe80::1"),
            ("10.0.0.25", "10.0.0.25"),
            ("mail", "mail"),
        ] {
            assert_eq!(mail_host(typed), host, "{typed}");
            assert_eq!(mail_host_problem(&mail_host(typed)), None, "{typed}");
        }
        for typed in ["[mail]", "[::1", "[::1]:25", "smtp://mail"] {
            assert!(mail_host_problem(&mail_host(typed)).is_some(), "{typed}");
        }
        assert_eq!((mail_host("."), mail_host("mail..")), (".".into(), "mail..".into()));
    }

    #[test]
    fn names_are_read_back() {
        assert!(
            MailProtocol::ALL
                .into_iter()
                .all(|protocol| MailProtocol::parse(protocol.as_str()) == Some(protocol))
        );
        assert!(MailKind::ALL.into_iter().all(|kind| MailKind::parse(kind.as_str()) == Some(kind)));
        assert!(MailProtocol::ALL.into_iter().all(|it| serde_json::json!(it) == it.as_str()));
        assert!(MailKind::ALL.into_iter().all(|kind| serde_json::json!(kind) == kind.as_str()));
        assert_eq!((MailProtocol::parse("SMTP"), MailKind::parse("")), (None, None));
    }

    #[test]
    fn what_people_need_and_what_the_account_answers_for_is_fixed() {
        use MailKind::{Invitation, LicenseExpiry, PasswordReset};
        let kinds = |which: fn(MailKind) -> bool| -> Vec<MailKind> {
            MailKind::ALL.into_iter().filter(|kind| which(*kind)).collect()
        };
        assert_eq!(kinds(MailKind::is_of_account), [PasswordReset, LicenseExpiry]);
        assert_eq!(kinds(|kind| !kind.is_optional()), [Invitation, PasswordReset]);
    }

    #[test]
    fn a_refused_host_is_told_what_is_wrong() {
        for (host, part) in [
            ("", "Enter the mail server's name"),
            ("smtp://mail", "without http://"),
            ("mail:25", "in its own field"),
            ("ma il", "letters, digits"),
        ] {
            assert!(mail_host_problem(host).unwrap().contains(part), "{host}");
        }
        assert_eq!(mail_host_problem(&"a".repeat(253)), None);
        assert_eq!(mail_host_problem(&"a".repeat(254)), Some("Use at most 253 characters."));
    }
}
