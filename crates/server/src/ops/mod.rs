//! Every write: the rule, the transaction, and the job that follows from it.
//!
//! A function here takes what the caller was authorized for as a type, so that an unauthorized write does not compile.

pub mod activation;
pub mod adding;
pub mod api_keys;
pub mod attempts;
pub mod audit;
pub mod authorized;
pub mod default_account;
pub mod forgotten_passwords;
pub mod groups;
pub mod housekeeping;
pub mod invitations;
pub mod leases;
pub mod license_expiry;
pub mod licenses;
pub mod mail_settings;
mod names;
mod notices;
pub mod organizations;
pub mod passwords;
mod place;
pub mod profile;
pub mod projects;
pub mod sessions;
pub mod setup_link;
pub mod teams;
pub mod users;
