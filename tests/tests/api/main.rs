//! The HTTP API, on both databases, over real sockets.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod activation;
mod control;
mod database;
mod default_account;
mod documents;
mod invitations;
mod organizations;
mod sessions;
mod teams;
mod users;
