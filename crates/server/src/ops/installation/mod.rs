//! The installation as a whole: license files, first account, clock, keys, start and stop.

pub(crate) mod activation;
pub(crate) mod clock;
pub(crate) mod default_account;
pub(crate) mod key_mark;
pub(crate) mod running;
pub(crate) mod second_installation;
pub(crate) mod setup_link;

/// The row of this name decides: the request that inserts it creates the account.
pub(crate) const DEFAULT_ACCOUNT: &str = "default_account";
