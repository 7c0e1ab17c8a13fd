//! `testkeep license …` with real programs: the client against the server, and against attackers in between.
//!
//! Leases end when their license does, so a license of some seconds shows renewals, grace and expiry without the usual
//! waiting times. No test depends on the machine's speed, only on the order of events.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod attacker;
mod checkout;
#[cfg(target_os = "linux")]
mod environment;
mod files;
mod forger;
mod hostile;
mod https;
mod inspect;
mod library;
mod place;
mod queue;
mod run;
mod testkeep;
mod upload;
