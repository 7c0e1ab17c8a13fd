//! Mail: settings, the conversation with a mail server, what is told and in which words.
//!
//! A message is queued inside the transaction that causes it and sent by a job; nothing a request does waits for a mail
//! server. Links are made from the configured server URL alone.

mod address;
mod blame;
mod bounded;
mod certificates;
pub mod message;
pub mod pace;
mod reach;
mod rendered;
mod route;
mod session;
pub mod settings;
mod smtp;
mod stream;
mod wire;

pub use address::MailAddress;
pub use blame::Blame;
pub use certificates::Certificates;
pub use rendered::Rendered;
pub use route::Route;
pub use session::Session;
pub use smtp::{Conversation, MailServer, Refusal, Step, StepName};
