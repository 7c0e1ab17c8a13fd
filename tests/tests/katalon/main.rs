//! Requests of existing clients, in their order and form (client protocol, flow 2), on both databases.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod deactivation;
mod engine;
mod hostile;
mod lease;
mod organizations;
mod program;
mod quota;
mod studio;
mod tokens;
mod uploads;
