//! The real installer: silent installation, convergence after kills, undo, refusals, removal, on both databases.
//!
//! Every test works in a folder of its own that is uninstalled when the test ends, however it ends.
//! Windows runs the same engine under Wine from `cargo xtask test`; the tests here need Unix links, rights and signals.
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
