//! The server: HTTP API, control port, background work, and the commands of `testkeep-server`.
//!
//! A request passes at most: `http::router` → `identity::auth` → `api/<area>` → `ops/<area>` → store. Reads skip `ops`;
//! every write goes through it. Must never contain SQL, and never build a link from a request.

pub mod api;
pub mod app;
pub mod batch;
pub mod cli;
pub mod clock_guard;
pub mod control;
pub mod disk;
pub mod entitlements;
pub mod http;
pub mod identity;
pub mod jobs;
pub mod katalon;
pub mod keys;
pub mod log;
pub mod mail;
pub mod ops;
pub mod queue;
pub mod serve;

pub use app::App;
pub use http::error::Error;

/// The version that `--version`, `/info` and the manager show.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
