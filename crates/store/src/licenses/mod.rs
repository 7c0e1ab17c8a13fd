//! Licenses in use: all `license_*` tables except `license_file`.
//!
//! A transaction that changes seats, assignments or machines must first take the [`turn`]: it locks one row, so that
//! only one such transaction runs at a time, over all servers on the database. Must never decide who gets a seat: that
//! is the server's `ops::leases`.

pub mod assignment;
pub mod checkout_state;
pub mod denial;
pub mod freed;
pub mod held;
pub mod license;
pub mod machine;
pub mod offline;
pub mod returned;
pub mod seat;
pub mod session;
pub mod session_end;
pub mod session_list;
pub mod setting;
pub mod shared_seat;
pub mod turn;
pub mod usage;
pub mod waiter;

/// Maximum number of rows of a statement that works for several requests of a turn.
pub const BATCH_MAX: usize = 8;
