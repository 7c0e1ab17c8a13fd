//! Scopes: the account, organizations, teams and projects.

pub(in crate::ops) mod creation;
pub(in crate::ops) mod names;
pub(crate) mod organizations;
pub(crate) mod projects;
pub(crate) mod teams;
