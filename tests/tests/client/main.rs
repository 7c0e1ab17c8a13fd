//! `testkeep license …` for real: the client program against the server program, and against attackers in between.
//!
//! Leases end when their license does, so a license of some seconds shows renewals, grace and expiry without waiting
//! for the usual times. No test depends on how fast the machine is: only on what happens before and after what.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod attacker;
mod checkout;
#[cfg(target_os = "linux")]
mod environment;
mod files;
mod forger;
mod hostile;
mod https;
mod library;
mod place;
mod queue;
mod run;
mod testkeep;
