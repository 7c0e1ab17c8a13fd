//! The install engine: pre-flight checks, installation in steps with undo, removal, and talking to a running server.
//!
//! Runs inside `testkeep-server install …`, so the wizard and a silent install are the same code. Must never need a
//! network, never touch what it did not make, and leave a folder that the next run can finish, wherever it is killed.

pub mod check;
pub mod control;
mod files;
mod http;
pub mod machine;
pub mod marker;
pub mod process;
