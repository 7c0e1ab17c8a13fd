//! What Testkeep is about, as plain values: configuration, answer file, license file, lease, JDBC URL, machine id.
//!
//! Owns parsing, validation and the words of every refusal. Must never do I/O, read the clock or start a task:
//! the time comes in through [`Clock`], files and sockets belong to the crates above.

pub mod account;
pub mod answers;
pub mod clock;
pub mod config;
pub mod finding;
pub mod jdbc;
pub mod layout;
pub mod lease;
pub mod license;
pub mod log_tail;
pub mod machine;
pub mod mail;
pub mod package;
pub mod permission;
pub mod port;
pub mod preference;
pub mod progress;
pub mod secret;
pub mod server_url;
pub mod strict_toml;

pub use clock::Clock;
pub use finding::{Finding, Level, Report};
pub use layout::Layout;
pub use package::Package;
pub use port::Port;
pub use secret::Secret;
pub use server_url::ServerUrl;
