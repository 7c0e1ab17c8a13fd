//! An email address in the form for mail servers: the domain as punycode, which every server can read. The part before
//! the `@` stays as it is; characters beyond ASCII need SMTPUTF8 (RFC 6531).

use std::fmt;

use testkeep_domain::account::EmailAddress;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailAddress(lettre::Address);

impl MailAddress {
    /// # Errors
    /// Why no mail server accepts the email address, as a sentence.
    pub(crate) fn new(email: &EmailAddress) -> Result<Self, String> {
        let refused = |reason: String| format!("Mail servers do not accept the address {email}: {reason}.");
        let (local, domain) =
            email.as_str().rsplit_once('@').ok_or_else(|| refused("there is no @ in it".into()))?;
        let domain = idna::domain_to_ascii(domain)
            .map_err(|_| refused("the text after the @ is not a domain".into()))?;
        lettre::Address::new(local, domain).map(Self).map_err(|error| refused(error.to_string()))
    }

    /// Whether the email address can be written only with SMTPUTF8.
    pub(crate) fn needs_utf8(&self) -> bool {
        !self.0.user().is_ascii()
    }

    /// The form for a mail's header.
    pub(crate) fn mailbox(&self, name: Option<&str>) -> lettre::message::Mailbox {
        lettre::message::Mailbox::new(name.map(Into::into), self.0.clone())
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<MailAddress, String> {
        MailAddress::new(&EmailAddress::parse(text).unwrap())
    }

    #[test]
    fn writes_domains_as_punycode() {
        for (text, written, utf8) in [
            ("ada@example.com", "ada@example.com", false),
            ("ada@bücher.example", "ada@xn--bcher-kva.example", false),
            ("ада@пример.example", "ада@xn--e1afmkfd.example", true),
            ("ada@intranet", "ada@intranet", false),
        ] {
            let address = of(text).unwrap();
            assert_eq!((address.to_string().as_str(), address.needs_utf8()), (written, utf8));
        }
    }
}
