//! Seats under every interleaving: never more than are licensed, nothing lost that was answered.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod clock;
mod hostile;
mod kill;
mod model;
mod pool;
mod program;
mod queue;
mod race;
