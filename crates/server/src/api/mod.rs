//! The native API, `/api/v2`: one file per resource. Parses, calls, shapes the answer; decides nothing.

pub mod activation;
pub mod adding;
pub mod api_keys;
pub mod audit_events;
pub mod body;
pub mod csv;
pub mod default_account;
pub mod group_users;
pub mod groups;
pub mod invitations;
pub mod level;
pub mod list;
pub mod mail;
pub mod me;
pub mod notifications;
pub mod organizations;
pub mod password_resets;
pub mod path;
pub mod profile;
pub mod projects;
pub mod query;
pub mod sessions;
pub mod status;
pub mod teams;
pub mod types;
pub mod users;
