//! The HTTP API, on both databases, over real sockets.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod activation;
mod adding;
mod api_keys;
mod audit;
mod control;
mod database;
mod default_account;
mod documents;
mod groups;
mod invitations;
mod licenses;
mod organizations;
mod permissions;
mod profile;
mod projects;
mod recovery;
mod sessions;
mod teams;
mod users;
