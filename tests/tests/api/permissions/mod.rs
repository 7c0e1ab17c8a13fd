//! Every operation of the API without credentials, as a stranger and in every role; with every id replaced by another
//! organization's.
//!
//! The expected answer is computed from the permission table. A new endpoint needs a line in `table`.

mod case;
mod credentials;
mod executions;
mod expected;
mod foreign;
mod licensed;
mod place;
mod rows;
mod stock;
mod sweep;
mod table;
mod world;
