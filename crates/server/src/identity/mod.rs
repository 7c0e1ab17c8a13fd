//! Identity and access: passwords, tokens, the caller of a request, roles in a scope.

pub(crate) mod access;
pub(crate) mod auth;
pub(crate) mod client_token;
pub(crate) mod device;
pub(crate) mod known_keys;
pub(crate) mod lifetime;
pub(crate) mod password;
pub(crate) mod token;
pub(crate) mod visible;
