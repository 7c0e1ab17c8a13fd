//! Scopes: the account, organizations, teams and projects.

pub(in crate::ops) mod creation;
pub(in crate::ops) mod names;
pub mod organizations;
pub mod projects;
pub mod teams;
