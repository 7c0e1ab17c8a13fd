//! The real installer: silent installation, completion after kills, undo, refusals, removal, on both databases.
//!
//! Every test works in its own folder, which is uninstalled when the test ends, even if it fails. The same engine runs
//! on Windows under Wine from `cargo xtask test`; the tests here need Unix links, rights and signals.
#![cfg(unix)]

mod cancel;
mod failure;
mod input;
mod kill;
mod place;
mod postgres;
mod refusals;
mod removal;
mod running;
mod silent;
mod together;
