//! People: signing in, accounts and their passwords, invitations, roles, user groups.

pub mod adding;
pub mod api_keys;
pub mod attempts;
mod confirmation;
pub mod forgotten_passwords;
pub mod groups;
pub mod invitations;
pub mod passwords;
pub mod profile;
mod role_mails;
pub mod sessions;
pub mod sign_in_request;
pub mod throttle;
pub mod users;
