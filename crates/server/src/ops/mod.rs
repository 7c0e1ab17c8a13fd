//! Every write: the rule, the transaction, the audit events and the jobs that follow from it.
//!
//! A write is a [`change::Change`]: it holds the permission it was begun with, so that an unauthorized write does not
//! compile. Must never use an entrance (`api`, `katalon`, `cli`, `control`, `jobs`): those stand above.

pub mod audit;
pub mod authorized;
pub mod change;
pub mod exports;
pub mod installation;
pub mod leases;
pub mod licenses;
pub mod mail_settings;
pub mod people;
pub mod scopes;
