//! A conversation with a mail server, step by step, with the time and the server's reply of each step.
//!
//! The time and the length of replies are bounded. If the settings require STARTTLS and the server does not offer it,
//! that is an error: nothing is sent unencrypted. Must never show the answer of a service that is not a mail server.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::mail::MailProtocol;
use tokio::net::TcpStream;

use super::address::MailAddress;
use super::bounded::Bounded;
use super::cause::{FailureCause, cause_of, in_words};
use super::certificates::Certificates;
use super::reach;
use super::session::Session;
use super::step::StepName;
use super::stream::Stream;
use super::wire::Fault;
use crate::Error;

/// The data for sending mail, including the password.
#[derive(Clone, Debug)]
pub(crate) struct MailServer {
    pub host: String,
    pub port: u16,
    pub protocol: MailProtocol,
    /// `None`: the server needs no login.
    pub login: Option<(String, Secret)>,
    pub sender: EmailAddress,
    /// The name that this server gives in its greeting: a host name, or an IP address in brackets.
    pub greeting: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub name: StepName,
    pub ok: bool,
    /// The server's reply, or what went wrong.
    pub message: String,
    pub elapsed: Duration,
}

/// Why a mail was not accepted.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub step: StepName,
    pub message: String,
    pub cause: FailureCause,
}

impl Refusal {
    /// Whether the server's refusal is about this one mail: it had accepted greeting, login and sender.
    pub(crate) fn is_about_one_mail(&self) -> bool {
        matches!(self.step, StepName::Recipient | StepName::Accepted)
    }

    /// For an unreadable `conf/ca.pem`.
    pub(crate) fn of_certificates(message: String) -> Self {
        Self { step: StepName::Tls, message, cause: FailureCause::Configuration }
    }
}

/// What went wrong in a step, and its cause.
type Failed = (String, FailureCause);

/// A conversation with one mail server.
pub(crate) struct Conversation<'a> {
    server: &'a MailServer,
    certificates: &'a Certificates,
    deadline: Instant,
    pub steps: Vec<Step>,
}

impl<'a> Conversation<'a> {
    /// The conversation ends within `within`, whatever the server does.
    pub(crate) fn new(server: &'a MailServer, certificates: &'a Certificates, within: Duration) -> Self {
        Self { server, certificates, deadline: Instant::now() + within, steps: Vec::new() }
    }

    /// Runs the conversation until the server accepts the recipient.
    pub(crate) async fn open(&mut self, recipient: &EmailAddress) -> Result<Session, Refusal> {
        let (host, port) = (self.server.host.as_str(), self.server.port);
        let addresses = self.step(StepName::Resolve, resolve(host, port)).await?;
        let stream = self.step(StepName::Connect, connect(&addresses, port)).await?;
        let mut session = self.greet(Bounded::new(stream)).await?;
        if let Some((user, password)) = &self.server.login {
            self.step(StepName::Login, log_in(&mut session, user, password)).await?;
        }
        let recipient = MailAddress::new(recipient);
        let utf8 = recipient.as_ref().is_ok_and(MailAddress::needs_utf8);
        self.step(StepName::Sender, mail_from(&mut session, &self.server.sender, utf8)).await?;
        self.step(StepName::Recipient, rcpt_to(&mut session, recipient)).await?;
        Ok(session)
    }

    /// Hands the mail over. `noted` runs after the server is ready for the message and before its first line. From then
    /// on only the server can tell whether it has the mail.
    pub(crate) async fn hand_over(
        &mut self,
        mut session: Session,
        message: &[u8],
        noted: impl Future<Output = Result<(), Error>>,
    ) -> Result<Session, Refusal> {
        let send = async {
            session.data().await.map_err(failed(StepName::Accepted))?;
            noted.await.map_err(|error| (error.to_string(), FailureCause::Later))?;
            let reply = session.message(message).await.map_err(failed(StepName::Accepted))?;
            Ok((reply.in_words(), ()))
        };
        self.step(StepName::Accepted, send).await?;
        Ok(session)
    }

    /// Sends QUIT. The result does not matter any more.
    pub(crate) async fn quit(mut session: Session) {
        let _answered_or_not = tokio::time::timeout(Duration::from_secs(1), session.quit()).await;
    }

    async fn greet(&mut self, stream: Bounded) -> Result<Session, Refusal> {
        let (server, certificates) = (self.server, self.certificates);
        let hello = |stream| async move {
            let session =
                Session::begin(stream, &server.greeting).await.map_err(failed(StepName::Greeting))?;
            Ok((session.name.clone(), session))
        };
        if server.protocol == MailProtocol::Smtps {
            let stream = self.step(StepName::Tls, encrypt(certificates, &server.host, stream)).await?;
            return self.step(StepName::Greeting, hello(stream)).await;
        }
        let session = self.step(StepName::Greeting, hello(Stream::Clear(stream))).await?;
        if server.protocol == MailProtocol::Starttls {
            return self.step(StepName::Tls, upgrade(server, certificates, session)).await;
        }
        Ok(session)
    }

    async fn step<T>(
        &mut self,
        name: StepName,
        work: impl Future<Output = Result<(String, T), Failed>>,
    ) -> Result<T, Refusal> {
        let started = Instant::now();
        let left = self.deadline.saturating_duration_since(started);
        let late = || Err(("The server did not answer in time.".into(), FailureCause::of_lost(name)));
        let result = tokio::time::timeout(left, work).await.unwrap_or_else(|_| late());
        let elapsed = started.elapsed();
        let (message, outcome) = match result {
            Ok((message, value)) => (message, Ok(value)),
            Err((message, cause)) => (message, Err(cause)),
        };
        let ok = outcome.is_ok();
        let mut message: String = message.chars().filter(|c| !c.is_control()).take(1000).collect();
        let is_reply = message.starts_with(|c: char| c.is_ascii_digit());
        if !ok && !is_reply && name == StepName::Greeting && self.server.protocol != MailProtocol::Smtps {
            message.push_str(" If this port wants TLS from the start, choose SMTPS.");
        }
        self.steps.push(Step { name, ok, message: message.clone(), elapsed });
        outcome.map_err(|cause| Refusal { step: name, message, cause })
    }
}

fn failed(step: StepName) -> impl Fn(Fault) -> Failed {
    move |fault| (in_words(step, &fault), cause_of(step, &fault))
}

fn unfit(message: impl Into<String>) -> Failed {
    (message.into(), FailureCause::Configuration)
}

async fn resolve(host: &str, port: u16) -> Result<(String, Vec<SocketAddr>), Failed> {
    let found = reach::resolve(host, port).await.map_err(unfit)?;
    let texts: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
    Ok((texts.join(", "), found))
}

async fn connect(addresses: &[SocketAddr], port: u16) -> Result<(String, TcpStream), Failed> {
    let connected = reach::connect(addresses).await;
    let (stream, address) = connected.map_err(|last| {
        unfit(format!("Nothing answers on port {port} ({last}). Check the port and the firewall."))
    })?;
    Ok((address.to_string(), stream))
}

async fn encrypt(
    certificates: &Certificates,
    host: &str,
    stream: Bounded,
) -> Result<(String, Stream), Failed> {
    let (stream, version) = certificates.encrypt(host, stream).await.map_err(unfit)?;
    Ok((version, Stream::Encrypted(Box::new(stream))))
}

async fn upgrade(
    server: &MailServer,
    certificates: &Certificates,
    session: Session,
) -> Result<(String, Session), Failed> {
    if !session.offers("STARTTLS") {
        return Err(unfit(
            "The server does not offer STARTTLS, so the connection was closed. Choose SMTPS or SMTP if the server \
             uses that; on a network you do not trust, an attacker may have removed the offer.",
        ));
    }
    let stream = session.start_tls().await.map_err(failed(StepName::Tls))?;
    let Some(Stream::Clear(stream)) = stream else {
        return Err(unfit(
            "The server sent unencrypted data after it agreed to TLS, so the connection was closed. An attacker on the \
             network may have added the data.",
        ));
    };
    let (version, stream) = encrypt(certificates, &server.host, stream).await?;
    let session = Session::go_on(stream, &server.greeting).await.map_err(failed(StepName::Tls))?;
    Ok((format!("STARTTLS, {version}"), session))
}

async fn log_in(session: &mut Session, user: &str, password: &Secret) -> Result<(String, ()), Failed> {
    match session.log_in(user, password).await.map_err(failed(StepName::Login))? {
        Some(reply) => Ok((reply.in_words(), ())),
        None if session.logins().is_empty() => Err(unfit(
            "The server offers no login. Leave the user empty, or choose STARTTLS or SMTPS if it wants encryption first.",
        )),
        None => Err(unfit(format!(
            "The server offers only {}, but a user and a password need PLAIN or LOGIN.",
            session.logins()
        ))),
    }
}

async fn mail_from(session: &mut Session, sender: &EmailAddress, utf8: bool) -> Result<(String, ()), Failed> {
    let sender = MailAddress::new(sender).map_err(unfit)?;
    let offered = session.offers("SMTPUTF8");
    if sender.needs_utf8() && !offered {
        return Err(unfit(no_utf8(&sender)));
    }
    let utf8 = offered && (utf8 || sender.needs_utf8());
    let reply = session.mail_from(&sender, utf8).await.map_err(failed(StepName::Sender))?;
    Ok((reply.in_words(), ()))
}

async fn rcpt_to(
    session: &mut Session,
    recipient: Result<MailAddress, String>,
) -> Result<(String, ()), Failed> {
    let recipient = recipient.map_err(|message| (message, FailureCause::Mail))?;
    if recipient.needs_utf8() && !session.offers("SMTPUTF8") {
        return Err((no_utf8(&recipient), FailureCause::Mail));
    }
    let reply = session.rcpt_to(&recipient).await.map_err(failed(StepName::Recipient))?;
    Ok((reply.in_words(), ()))
}

fn no_utf8(address: &MailAddress) -> String {
    format!(
        "The address {address} has letters beyond a to z before the @, and this mail server does not take such addresses \
         (it does not offer SMTPUTF8). Use another address, or a mail server that does."
    )
}
