//! The HTTP API, on both databases, over real sockets.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod activation;
mod api_keys;
mod audit;
mod control;
mod database;
mod default_account;
mod documents;
mod groups;
mod invitations;
mod organizations;
mod profile;
mod recovery;
mod permissions;
mod projects;
mod sessions;
mod teams;
mod users;
