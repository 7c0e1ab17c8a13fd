//! The SMTP commands for sending a mail (RFC 5321), over a bounded [`Wire`].

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use testkeep_domain::Secret;

use super::address::MailAddress;
use super::stream::Stream;
use super::wire::{Fault, Reply, Wire};

/// A session with a mail server, after its greeting.
#[derive(Debug)]
pub(crate) struct Session {
    wire: Wire<Stream>,
    /// The lines of the answer to EHLO in upper case, for example `AUTH PLAIN LOGIN`; the first line is the server's
    /// name.
    offers: Vec<String>,
    pub(super) name: String,
}

impl Session {
    /// Waits for the greeting and sends EHLO with the name `me`.
    pub(super) async fn begin(stream: Stream, me: &str) -> Result<Self, Fault> {
        let mut session = Self { wire: Wire::new(stream), offers: Vec::new(), name: String::new() };
        session.wire.reply().await?;
        session.hello(me).await?;
        Ok(session)
    }

    /// As [`Self::begin`], after STARTTLS: there is no second greeting.
    pub(super) async fn go_on(stream: Stream, me: &str) -> Result<Self, Fault> {
        let mut session = Self { wire: Wire::new(stream), offers: Vec::new(), name: String::new() };
        session.hello(me).await?;
        Ok(session)
    }

    async fn hello(&mut self, me: &str) -> Result<(), Fault> {
        let reply = match self.wire.ask(&format!("EHLO {me}")).await {
            // Only servers from before 1995 do not support EHLO.
            Err(Fault::Refused(Reply { code: 500 | 502, .. })) => {
                self.wire.ask(&format!("HELO {me}")).await?
            }
            answered => answered?,
        };
        let mut lines = reply.lines.into_iter();
        let name = lines.next().unwrap_or_default();
        name.split(' ').next().unwrap_or_default().clone_into(&mut self.name);
        self.offers = lines.map(|line| line.to_ascii_uppercase()).collect();
        Ok(())
    }

    pub(super) fn offers(&self, extension: &str) -> bool {
        self.offers.iter().any(|line| line.split(' ').next() == Some(extension))
    }

    /// Sends STARTTLS and returns the stream, on which TLS then begins. `None`: the server sent data before its turn.
    pub(super) async fn start_tls(mut self) -> Result<Option<Stream>, Fault> {
        self.wire.ask("STARTTLS").await?;
        Ok(self.wire.into_stream())
    }

    /// All login methods that the server offers, for example `PLAIN LOGIN`.
    pub(super) fn logins(&self) -> String {
        let found = self.offers.iter().filter_map(|line| line.strip_prefix("AUTH"));
        let names: Vec<&str> =
            found.flat_map(|names| names.split([' ', '='])).filter(|name| !name.is_empty()).collect();
        names.join(" ")
    }

    /// `None`: the server offers no login method that this client supports.
    pub(super) async fn log_in(&mut self, user: &str, password: &Secret) -> Result<Option<Reply>, Fault> {
        let logins = self.logins();
        let encoded = |text: &str| BASE64_STANDARD.encode(text);
        if logins.split(' ').any(|name| name == "PLAIN") {
            let credentials = encoded(&format!("\0{user}\0{}", password.expose()));
            return self.wire.ask(&format!("AUTH PLAIN {credentials}")).await.map(Some);
        }
        if logins.split(' ').any(|name| name == "LOGIN") {
            self.expect(334, "AUTH LOGIN").await?;
            self.expect(334, &encoded(user)).await?;
            return self.wire.ask(&encoded(password.expose())).await.map(Some);
        }
        Ok(None)
    }

    /// `utf8`: one of the email addresses can be written only with SMTPUTF8.
    pub(super) async fn mail_from(&mut self, sender: &MailAddress, utf8: bool) -> Result<Reply, Fault> {
        let mut command = format!("MAIL FROM:<{sender}>");
        if self.offers("8BITMIME") {
            command.push_str(" BODY=8BITMIME");
        }
        if utf8 {
            command.push_str(" SMTPUTF8");
        }
        self.wire.ask(&command).await
    }

    pub(super) async fn rcpt_to(&mut self, recipient: &MailAddress) -> Result<Reply, Fault> {
        self.wire.ask(&format!("RCPT TO:<{recipient}>")).await
    }

    /// Sends DATA and waits until the server is ready for the message.
    pub(super) async fn data(&mut self) -> Result<(), Fault> {
        self.expect(354, "DATA").await
    }

    pub(super) async fn message(&mut self, message: &[u8]) -> Result<Reply, Fault> {
        self.wire.say(&on_the_wire(message)).await?;
        self.wire.reply().await
    }

    pub(super) async fn quit(&mut self) -> Result<Reply, Fault> {
        self.wire.ask("QUIT").await
    }

    async fn expect(&mut self, code: u16, command: &str) -> Result<(), Fault> {
        let reply = self.wire.ask(command).await?;
        if reply.code == code { Ok(()) } else { Err(Fault::Strange) }
    }
}

/// Encodes a message: every line ends in CRLF, a line that begins with a dot gets another dot, and a dot alone ends the
/// message.
fn on_the_wire(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.first() == Some(&b'.') {
            out.push(b'.');
        }
        // Some servers take a lone carriage return as the end of a line, others do not; so it is removed.
        out.extend(line.iter().copied().filter(|byte| *byte != b'\r'));
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_dot_does_not_end_the_mail() {
        assert_eq!(on_the_wire(b"a\r\n.\r\n..b\r\n"), b"a\r\n..\r\n...b\r\n.\r\n");
        assert_eq!(on_the_wire(b"a\n.\nb"), b"a\r\n..\r\nb\r\n.\r\n");
        assert_eq!(on_the_wire(b"a\r.\r\nb\r\r\n"), b"a.\r\nb\r\n.\r\n");
        assert_eq!(on_the_wire(b""), b".\r\n");
    }
}
