//! The server: HTTP API, control port, background work, and the commands of `testkeep-server`.
//!
//! A request passes at most: `http::router` → `identity::auth` → `api/<area>` → `ops/<area>` → store. Reads skip `ops`;
//! every write goes through it. Must never contain SQL, and never build a link from a request.

mod api;
mod app;
mod batch;
mod cli;
mod clock_guard;
mod control;
mod disk;
mod entitlements;
mod http;
mod identity;
mod jobs;
mod katalon;
mod keys;
mod live;
mod log;
mod mail;
mod ops;
mod queue;
mod serve;
mod service_manager;
mod stored_files;

pub use app::App;
pub use http::error::Error;

/// The version that `--version`, `/info` and the manager show.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use cli::Cli;

/// Parts of the server that Testkeep's own tests start or look into. No other program uses them, and every other item of
/// this crate is private, so that the compiler finds dead code.
#[doc(hidden)]
pub mod testing {
    pub use crate::api::document::{to_json as openapi_json, with_endpoints};
    pub use crate::clock_guard::note_time;
    pub use crate::entitlements::{LeaseSigner, Licensing, PoolState, Pools};
    pub use crate::identity::access::{Access, access_of};
    pub use crate::identity::auth::{SESSION_COOKIE, cookie_name};
    pub use crate::identity::token::{create_token, hash_token};
    pub use crate::jobs::housekeeping::run_housekeeping;
    pub use crate::jobs::remind_of_license_end::notify as remind_of_license_end;
    pub use crate::mail::message::{Message, RunResult};
    pub use crate::ops::audit::Event;
    pub use crate::ops::audit::chain::{Verification, verify as verify_audit_log};
    pub use crate::ops::authorized::Authorized;
    pub use crate::ops::change::Change;
    pub use crate::ops::installation::second_installation::look as look_for_second_installation;
    pub use crate::ops::leases::{end_expired, recount};
    pub use crate::ops::people::passwords::reset_password;
    pub use crate::queue::{Job, Kind};
    pub use crate::serve::{Listeners, raise_open_files, serve};
}
