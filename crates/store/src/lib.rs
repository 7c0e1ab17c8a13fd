//! All SQL of the product, one file per table group, on SQLite and PostgreSQL with the same text.
//!
//! Owns connections, transactions and migrations ([`db`], [`migrate`]) and every statement. Must never decide whether
//! a caller may do something: that is the server's `ops`. Statements are literals inside `sql("…")`, which lets one
//! test prepare all of them on both databases.

pub mod api_key;
pub mod audit;
pub mod candidate;
pub mod clock;
pub mod db;
pub mod folded;
pub mod group;
pub mod invitation;
pub mod job;
pub mod known_place;
pub mod license;
pub mod licenses;
pub mod list;
pub mod mail;
pub mod member;
pub mod migrate;
pub mod organization;
pub mod password_reset;
pub mod postgres;
pub mod probe;
pub mod project;
pub mod query;
pub mod rows;
pub mod scope;
pub mod session;
pub mod setting;
pub mod sign_in_attempt;
pub mod sign_in_throttle;
pub mod sqlite;
pub mod statements;
pub mod team;
mod trouble;
mod tx;
pub mod user;

pub use db::Db;
pub use list::List;
pub use query::sql;
/// What any statement may fail with.
pub use sqlx::Error as StoreError;
pub use trouble::Trouble;
pub use tx::Tx;

/// Milliseconds-precise UTC time, as both databases keep it.
pub type Time = chrono::DateTime<chrono::Utc>;
