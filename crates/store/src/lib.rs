//! All SQL of the product, one file per table group, on SQLite and PostgreSQL with the same text.
//!
//! Owns connections, transactions and migrations ([`db`], [`migrate`]) and every statement. Statements are literals
//! inside `sql("…")`, so one test can prepare all of them on both databases. Must never decide whether a caller may do
//! something: that is the server's `ops`.

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
pub mod on;
pub mod organization;
pub mod password_reset;
pub mod person;
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
/// The error of every statement.
pub use sqlx::Error as StoreError;
pub use trouble::Trouble;
pub use tx::Tx;

/// UTC time in whole milliseconds, which both databases store exactly.
pub type Time = chrono::DateTime<chrono::Utc>;
