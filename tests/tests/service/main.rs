//! The server as a service: in a machine that systemd boots, and in the background where there is no service manager.
//!
//! Needs root and `systemd-nspawn`; `cargo xtask test` skips this part elsewhere.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod background;
mod inside;
mod own_service;
mod refusals;
mod system_service;
