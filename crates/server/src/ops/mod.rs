//! Every write: the rule, the transaction, the audit events and the jobs that follow from it.
//!
//! A write is a [`change::Change`], which holds the permission it was made with, so that an unauthorized write does not
//! compile. Must never use an entrance (`api`, `katalon`, `cli`, `control`, `jobs`): the entrances call this module.

pub(crate) mod audit;
pub(crate) mod authorized;
pub(crate) mod bulk;
pub(crate) mod change;
pub(crate) mod exports;
pub(crate) mod installation;
pub(crate) mod leases;
pub(crate) mod licenses;
pub(crate) mod mail_settings;
pub(crate) mod people;
pub(crate) mod reports;
pub(crate) mod scopes;
pub(crate) mod undo;
