//! Mail: settings, the conversation with a mail server, the content of mails and their texts.
//!
//! A mail is queued in the transaction of the change that causes it, and a job sends it. A request must never wait for
//! a mail server. Links are made only from the configured server URL.

mod address;
mod bounded;
mod cause;
mod certificates;
pub(crate) mod message;
pub(crate) mod pace;
mod reach;
mod rendered;
mod route;
mod session;
pub(crate) mod settings;
mod smtp;
mod step;
mod stream;
mod wire;

pub(crate) use address::MailAddress;
pub(crate) use cause::FailureCause;
pub(crate) use certificates::Certificates;
pub(crate) use rendered::Rendered;
pub(crate) use route::Route;
pub(crate) use smtp::{Conversation, MailServer, Refusal, Step};
pub(crate) use step::StepName;
