//! Mail: settings, the conversation with a mail server, what is told and in which words.
//!
//! A message is queued inside the transaction that causes it and sent by a job; nothing a request does waits for a mail
//! server. Links are made from the configured server URL alone.

mod bounded;
mod certificates;
pub mod message;
mod rendered;
pub mod settings;
mod smtp;

pub use certificates::Certificates;
pub use rendered::Rendered;
pub use smtp::{Conversation, MailServer, Refusal, Step, StepName};
