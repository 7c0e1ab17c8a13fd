//! Mail: settings, the conversation with a mail server, the content of mails and their texts.
//!
//! A mail is queued in the transaction of the change that causes it, and a job sends it. A request must never wait for
//! a mail server. Links are made only from the configured server URL.

mod address;
mod bounded;
mod cause;
mod certificates;
pub mod message;
pub mod pace;
mod reach;
mod rendered;
mod route;
mod session;
pub mod settings;
mod smtp;
mod step;
mod stream;
mod wire;

pub use address::MailAddress;
pub use cause::FailureCause;
pub use certificates::Certificates;
pub use rendered::Rendered;
pub use route::Route;
pub use session::Session;
pub use smtp::{Conversation, MailServer, Refusal, Step};
pub use step::StepName;
