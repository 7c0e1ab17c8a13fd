//! All SQL of the product, one file per table group, on SQLite and PostgreSQL with the same text.
//!
//! Owns connections, transactions and migrations ([`db`], [`migrate`]) and every statement. Statements are literals
//! inside `sql("…")`, so one test can prepare all of them on both databases. Must never decide whether a caller may do
//! something: that is the server's `ops`.

pub mod audit;
pub mod db;
pub mod installation;
pub mod job;
pub mod licenses;
pub mod list;
pub mod mail;
pub mod mail_setting;
pub mod mail_state;
pub mod migrate;
pub mod on;
pub mod people;
pub mod postgres;
pub mod probe;
pub mod query;
pub mod reports;
pub mod rows;
pub mod scopes;
pub mod search;
pub mod sqlite;
pub mod statements;
mod trouble;
mod tx;

pub use db::Db;
pub use list::List;
pub use query::sql;
/// The error of every statement.
pub use sqlx::Error as StoreError;
pub use trouble::Trouble;
pub use tx::Tx;

/// UTC time in whole milliseconds, which both databases store exactly.
pub type Time = chrono::DateTime<chrono::Utc>;
