//! The server: HTTP API, control port, background work, and the commands of `testkeep-server`.
//!
//! One request meets at most: `router` → `auth` → `api/<resource>` → `ops/<concept>` → store. Reads skip `ops`; every
//! write goes through it. Must never hold SQL, and never build a link from a request.

pub mod access;
pub mod api;
pub mod app;
pub mod auth;
pub mod cli;
pub mod client_token;
pub mod clock_guard;
pub mod control;
pub mod error;
pub mod jobs;
pub mod katalon;
pub mod licensing;
pub mod log;
pub mod mail;
pub mod metrics;
pub mod openapi;
pub mod ops;
pub mod password;
pub mod router;
pub mod secret_key;
pub mod serve;
pub mod together;
pub mod token;
pub mod trust;
pub mod ui;

pub use app::App;
pub use error::Error;

/// What `--version`, `/info` and the manager show.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
