//! The values of Testkeep's domain: configuration, answer file, license file, lease, JDBC URL, Machine ID.
//!
//! Owns parsing, validation and the message of every refusal. Must never do I/O, read the system's clock or start a
//! task: [`Clock`] is passed in, and the other crates own files and sockets. One exception: [`user_file`] reads files
//! that a person named, so that all crates read them in the same way.

#[macro_use]
mod words;

pub mod account;
pub mod address_list;
pub mod answers;
pub mod audit;
pub mod clock;
pub mod config;
pub mod control;
pub mod date;
pub mod desktop;
pub mod encoding;
pub mod execution;
pub mod finding;
pub mod fuzzy;
pub mod invitation;
pub mod jdbc;
pub mod layout;
pub mod lease;
pub mod license;
pub mod log_tail;
pub mod machine;
pub mod mail;
pub mod openssl;
pub mod package;
pub mod password;
pub mod permission;
pub mod port;
pub mod preference;
pub mod progress;
pub mod secret;
pub mod server_url;
pub mod strict_toml;
pub mod text;
#[cfg(feature = "tls")]
pub mod tls;
pub mod user_file;

pub use clock::Clock;
pub use date::{Day, Moment};
pub use finding::{Finding, Level, Report};
pub use layout::Layout;
pub use package::Package;
pub use port::Port;
pub use secret::Secret;
pub use server_url::ServerUrl;
