//! The HTTP API, on both databases, over real sockets.

mod activation;
mod control;
mod database;
mod default_account;
mod documents;
mod sessions;
