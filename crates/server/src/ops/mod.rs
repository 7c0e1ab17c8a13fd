//! Every write: the rule, the transaction, the audit events and the jobs that follow from it.
//!
//! A write is a [`change::Change`], which holds the permission it was made with, so that an unauthorized write does not
//! compile. Must never use an entrance (`api`, `katalon`, `cli`, `control`, `jobs`): the entrances call this module.

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
