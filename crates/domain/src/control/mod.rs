//! How a program and the server prove to each other that they know the secret in `conf/control.token`.
//!
//! The server proves itself first, then the program proves each request; the secret itself never travels. Both happen
//! on one connection, so nobody can take the server's place in between. Text and bytes only: the sockets are the
//! callers'. Must never put the secret into a message. Protocol: `docs/api-design.md`, “Control port”.

mod conversation;
mod proof;
#[cfg(test)]
mod tests;

pub use conversation::{Answer, Hello, HelloAnswer, NotHttp, NotTheServer, Proven};
pub use proof::{ControlKey, NONCE_BYTES, Nonce, NotAKey, SignedRequest};

/// The scheme of the `Authorization` header.
pub const SCHEME: &str = "Testkeep-Control";
/// Where a conversation begins: `GET /hello?nonce=<64 hexadecimal digits>`.
pub const HELLO: &str = "/hello";
/// The longest answer a program reads, in bytes.
pub const ANSWER_MAX: usize = 4 * 1024 * 1024;
