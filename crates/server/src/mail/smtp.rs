//! A conversation with a mail server, step by step, each with its time and the server's own words.
//!
//! Bounded in time and in what the server may say. STARTTLS that the server does not offer is an error: nothing is said
//! in the clear that should be protected.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use testkeep_domain::Secret;
use testkeep_domain::account::EmailAddress;
use testkeep_domain::mail::MailProtocol;
use tokio::net::TcpStream;

use super::bounded::Bounded;
use super::certificates::Certificates;
use crate::Error;

/// How mail is sent, with its secret.
#[derive(Clone, Debug)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub protocol: MailProtocol,
    /// `None`: the server wants no login.
    pub login: Option<(String, Secret)>,
    pub sender: EmailAddress,
}

/// In the order in which they happen; TLS comes before the greeting with SMTPS, after it with STARTTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepName {
    Resolve,
    Connect,
    Tls,
    Greeting,
    Login,
    Sender,
    Recipient,
    Accepted,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub name: StepName,
    pub ok: bool,
    /// The server's own words, or what went wrong.
    pub message: String,
    pub elapsed: Duration,
}

/// Why a mail was not accepted.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub step: StepName,
    pub message: String,
    /// The server said no for good (5xx).
    pub permanent: bool,
}

/// One mail server's conversation.
pub struct Conversation<'a> {
    server: &'a MailServer,
    certificates: &'a Certificates,
    deadline: Instant,
    pub steps: Vec<Step>,
}

impl<'a> Conversation<'a> {
    /// Ends within `within`, whatever the server does.
    pub fn new(server: &'a MailServer, certificates: &'a Certificates, within: Duration) -> Self {
        Self { server, certificates, deadline: Instant::now() + within, steps: Vec::new() }
    }

    /// Up to the point where the server takes this recipient.
    pub async fn open(&mut self, recipient: &EmailAddress) -> Result<AsyncSmtpConnection, Refusal> {
        let addresses = self.resolve().await?;
        let stream = self.connect(&addresses).await?;
        let mut connection = self.greet(stream).await?;
        if let Some((username, password)) = &self.server.login {
            let credentials = Credentials::new(username.clone(), password.expose().to_owned());
            let login = async { words(connection.auth(DEFAULT_MECHANISMS, &credentials).await) };
            self.step(StepName::Login, login).await?;
        }
        let eight_bit = connection.server_info().supports_feature(Extension::EightBitMime);
        let parameters =
            if eight_bit { vec![MailParameter::Body(MailBodyParameter::EightBitMime)] } else { Vec::new() };
        let sender = address(&self.server.sender);
        let recipient = address(recipient);
        let mail = async { words(connection.command(Mail::new(sender.ok(), parameters)).await) };
        self.step(StepName::Sender, mail).await?;
        let rcpt = async {
            let recipient = recipient.map_err(|message| (message, true))?;
            words(connection.command(Rcpt::new(recipient, Vec::new())).await)
        };
        self.step(StepName::Recipient, rcpt).await?;
        Ok(connection)
    }

    /// Hands the message over. `noted` runs between the server's “go on” and the first line of the message: from
    /// then on nobody but the server knows whether it has it.
    pub async fn hand_over(
        &mut self,
        mut connection: AsyncSmtpConnection,
        message: &[u8],
        noted: impl Future<Output = Result<(), Error>>,
    ) -> Result<(), Refusal> {
        let send = async {
            words(connection.command(Data).await)?;
            noted.await.map_err(|error| (error.to_string(), false))?;
            words(connection.message(message).await)
        };
        self.step(StepName::Accepted, send).await?;
        let _goodbye = tokio::time::timeout(Duration::from_secs(1), connection.quit()).await;
        Ok(())
    }

    async fn resolve(&mut self) -> Result<Vec<SocketAddr>, Refusal> {
        let (host, port) = (self.server.host.clone(), self.server.port);
        let mut found = Vec::new();
        let look_up = async {
            let addresses = tokio::net::lookup_host((host.as_str(), port)).await.map_err(|error| {
                (format!("{host} is not known: {error}. Check the spelling, or enter the address."), false)
            })?;
            found.extend(addresses);
            let texts: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
            Ok(texts.join(", "))
        };
        self.step(StepName::Resolve, look_up).await?;
        Ok(found)
    }

    async fn connect(&mut self, addresses: &[SocketAddr]) -> Result<TcpStream, Refusal> {
        let mut connected = None;
        let port = self.server.port;
        let connect = async {
            let mut last = String::from("there is no address");
            for address in addresses {
                match TcpStream::connect(address).await {
                    Ok(stream) => {
                        connected = Some(stream);
                        return Ok(format!("{address}"));
                    }
                    Err(error) => last = format!("{address}: {error}"),
                }
            }
            Err((format!("Nothing answers on port {port} ({last}). Check the port and the firewall."), false))
        };
        self.step(StepName::Connect, connect).await?;
        connected.ok_or_else(|| Self::lost(StepName::Connect))
    }

    async fn greet(&mut self, stream: TcpStream) -> Result<AsyncSmtpConnection, Refusal> {
        let stream = Bounded::new(stream);
        if self.server.protocol == MailProtocol::Smtps {
            let mut encrypted = None;
            let (certificates, host) = (self.certificates, self.server.host.as_str());
            let handshake = async {
                let (stream, words) =
                    certificates.encrypt(host, stream).await.map_err(|text| (text, false))?;
                encrypted = Some(stream);
                Ok(words)
            };
            self.step(StepName::Tls, handshake).await?;
            let Some(stream) = encrypted else { return Err(Self::lost(StepName::Tls)) };
            return self.hello(Box::new(stream)).await;
        }
        let mut connection = self.hello(Box::new(stream)).await?;
        if self.server.protocol == MailProtocol::Starttls {
            let (certificates, host) = (self.certificates, self.server.host.as_str());
            let upgrade = async {
                if !connection.can_starttls() {
                    return Err((
                        "The server does not offer STARTTLS, so nothing more was said. Choose SMTPS or SMTP if \
                         that is what it speaks; on a network you do not trust, somebody may have taken the \
                         offer out."
                            .into(),
                        false,
                    ));
                }
                let parameters = certificates.parameters(host).map_err(|text| (text, false))?;
                let upgraded = connection.starttls(parameters, &client_id()).await;
                upgraded.map(|()| "STARTTLS".into()).map_err(|error| (Certificates::explain(&error), false))
            };
            self.step(StepName::Tls, upgrade).await?;
        }
        Ok(connection)
    }

    async fn hello(&mut self, stream: Box<dyn AsyncTokioStream>) -> Result<AsyncSmtpConnection, Refusal> {
        let mut greeted = None;
        let hello = async {
            let connection =
                AsyncSmtpConnection::connect_with_transport(stream, &client_id()).await.map_err(|error| {
                    let (text, permanent) = explain(&error);
                    (format!("This is no mail server's greeting: {text}"), permanent)
                })?;
            let name = connection.server_info().name().to_owned();
            greeted = Some(connection);
            Ok(name)
        };
        self.step(StepName::Greeting, hello).await?;
        greeted.ok_or_else(|| Self::lost(StepName::Greeting))
    }

    fn lost(step: StepName) -> Refusal {
        Refusal { step, message: "The connection was lost.".into(), permanent: false }
    }

    async fn step(
        &mut self,
        name: StepName,
        work: impl Future<Output = Result<String, (String, bool)>>,
    ) -> Result<(), Refusal> {
        let started = Instant::now();
        let left = self.deadline.saturating_duration_since(started);
        let result = tokio::time::timeout(left, work)
            .await
            .unwrap_or_else(|_| Err(("The server did not answer in time.".into(), false)));
        let elapsed = started.elapsed();
        let (ok, mut message, permanent) = match result {
            Ok(message) => (true, message, false),
            Err((message, permanent)) => (false, message, permanent),
        };
        if !ok && name == StepName::Greeting && self.server.protocol != MailProtocol::Smtps {
            message.push_str(" If this port wants TLS from the start, choose SMTPS.");
        }
        let message: String = message.chars().filter(|c| !c.is_control() || *c == '\n').take(500).collect();
        self.steps.push(Step { name, ok, message: message.clone(), elapsed });
        if ok { Ok(()) } else { Err(Refusal { step: name, message, permanent }) }
    }
}

/// Not the machine's name: it is nobody's business, and often no valid one.
fn client_id() -> ClientId {
    ClientId::Ipv4([127, 0, 0, 1].into())
}

fn address(email: &EmailAddress) -> Result<lettre::Address, String> {
    email.as_str().parse().map_err(|error| format!("{email}: {error}"))
}

fn words(result: Result<Response, SmtpError>) -> Result<String, (String, bool)> {
    match result {
        Ok(response) => {
            let lines: Vec<&str> = response.message().collect();
            Ok(format!("{} {}", response.code(), lines.join(" ")))
        }
        Err(error) => Err(explain(&error)),
    }
}

/// What to tell, and whether it is for good.
fn explain(error: &SmtpError) -> (String, bool) {
    let source = std::error::Error::source(error).map(ToString::to_string);
    let text = match (error.status(), source) {
        (Some(code), Some(source)) => format!("{code} {source}"),
        (_, Some(source)) => source,
        (_, None) => error.to_string(),
    };
    (text, error.is_permanent())
}
