//! The HTTP API, on both databases, over real sockets.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as expected")]

mod activation;
mod adding;
mod addresses;
mod api_keys;
mod audit;
mod bodies;
mod clock;
mod control;
mod database;
mod database_files;
mod default_account;
mod denials;
mod documents;
mod expiry;
mod far_database;
mod groups;
mod headers;
mod housekeeping;
mod invitations;
mod licenses;
mod lists;
mod names;
mod odd_queries;
mod organizations;
mod passwords;
mod permissions;
#[cfg(unix)]
mod pipes;
mod profile;
mod projects;
mod query_plans;
mod recovery;
mod sessions;
mod sign_in_limits;
mod sign_in_links;
mod statements;
mod teams;
mod text;
mod trouble;
mod users;
mod words;
