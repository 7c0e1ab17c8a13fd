//! The proofs of the control port: client and server prove to each other that they have the secret in
//! `conf/control.token`.
//!
//! The server proves itself first, then the client proves its request. Both happen on one connection, so no other
//! program can replace the server in between. Works on text and bytes; the callers own the sockets. Must never send the
//! secret itself or put it into a message. Protocol: `docs/api-design.md`, “Control port”.

mod conversation;
mod proof;
#[cfg(test)]
mod tests;

pub use conversation::{Answer, Hello, HelloAnswer, NotHttp, NotTheServer, Proven};
pub use proof::{ControlKey, NONCE_BYTES, Nonce, NotAKey, SignedRequest};

/// The scheme of the `Authorization` header.
pub const SCHEME: &str = "Testkeep-Control";
/// The path of the first request: `GET /hello?nonce=<64 hexadecimal digits>`.
pub const HELLO: &str = "/hello";
/// The longest answer that a client accepts, in bytes.
pub const ANSWER_MAX: usize = 4 * 1024 * 1024;
