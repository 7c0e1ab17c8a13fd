//! The installation as a whole: license files, first account, clock, keys, start and stop.

pub mod activation;
pub mod clock;
pub mod default_account;
pub mod key_mark;
pub mod running;
pub mod second_installation;
pub mod setup_link;

/// The row of this name decides: the request that inserts it creates the account.
pub const DEFAULT_ACCOUNT: &str = "default_account";
