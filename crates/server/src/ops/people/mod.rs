//! People: signing in, accounts and their passwords, invitations, roles, user groups.

pub(crate) mod adding;
pub(crate) mod api_keys;
pub(crate) mod attempts;
mod confirmation;
pub(crate) mod forgotten_passwords;
pub(crate) mod groups;
pub(crate) mod inbox;
pub(crate) mod invitations;
pub(crate) mod passwords;
pub(crate) mod profile;
pub(crate) mod removal;
mod role_mails;
pub(crate) mod sessions;
pub(crate) mod sign_in_links;
pub(crate) mod sign_in_request;
pub(crate) mod throttle;
pub(crate) mod users;
