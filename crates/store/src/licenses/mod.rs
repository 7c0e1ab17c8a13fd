//! Licenses in use: `license_*` tables except `license_file`.
//!
//! Whoever changes seats, assignments or machines first takes the [`turn`]: one row that every server on the database
//! locks. Must never decide who gets a seat: that is the server's `ops::leases`.

pub mod asker;
pub mod assignment;
pub mod denial;
pub mod freed;
pub mod held;
pub mod machine;
pub mod offline;
pub mod returned;
pub mod session;
pub mod session_list;
pub mod setting;
pub mod turn;
pub mod usage;
pub mod waiter;
