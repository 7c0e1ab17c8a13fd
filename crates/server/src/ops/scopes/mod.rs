//! Scopes: the account, organizations, teams and projects.

pub(in crate::ops) mod names;
pub mod organizations;
pub(in crate::ops) mod place;
pub mod projects;
pub mod teams;
