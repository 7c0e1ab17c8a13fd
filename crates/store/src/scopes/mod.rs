//! Scopes: the account, organizations, teams and projects.

pub mod organization;
pub mod project;
pub mod scope;
pub mod team;
