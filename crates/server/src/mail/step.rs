//! The steps of a conversation with a mail server.

/// The steps in their order. TLS comes before the greeting with SMTPS, after it with STARTTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepName {
    Resolve,
    Connect,
    Tls,
    Greeting,
    Login,
    Sender,
    Recipient,
    Accepted,
}
