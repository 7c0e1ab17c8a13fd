//! Seats under every interleaving: never more than licensed, and no answered request is lost.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

#[cfg(target_os = "linux")]
mod boundaries;
mod clock;
mod expiry;
mod hostile;
mod kill;
mod known_keys;
mod model;
mod pool;
mod program;
mod queue;
mod race;
mod returns;
mod size;
mod twice;
mod unlicensed;
