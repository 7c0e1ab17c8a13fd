//! What an organization's Owners and Admins do with its licenses: assign, take away, give out as files, set up.
//!
//! Each holds the turn of [`super::leases`] while it changes what is counted, and tells the audit log.

pub mod assign;
pub mod offline;
pub mod revoke;
pub mod settings;

use testkeep_domain::license::Product;

use super::audit::Event;
use super::authorized::Authorized;
use crate::access::Scope;

/// An event that tells of which product, in the organization.
fn about(event: Event, product: Product, may: &Authorized<Scope>) -> Event {
    event.at(may.scope()).detail("product", product.word())
}
