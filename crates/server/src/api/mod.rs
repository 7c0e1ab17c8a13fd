//! The native API, `/api/v2`: one file per resource. Parses, calls, shapes the answer; decides nothing.

pub mod activation;
pub mod body;
pub mod default_account;
pub mod me;
pub mod sessions;
pub mod status;
pub mod types;
