//! Identity and access: passwords, tokens, the caller of a request, roles in a scope.

pub mod access;
pub mod auth;
pub mod client_token;
pub mod device;
pub mod known_keys;
pub mod lifetime;
pub mod password;
pub mod token;
