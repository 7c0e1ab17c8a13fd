//! What an organization's Owners and Admins do with its licenses: assign, take away, give out as files, set up.
//!
//! Each holds the turn of [`crate::ops::leases`] while it changes what is counted, and tells the audit log.

pub mod assign;
pub mod offline;
pub mod revoke;
pub mod settings;

use testkeep_domain::license::Product;

use crate::identity::access::Scope;
use crate::ops::audit::Event;

/// An event that tells of which product, in the organization.
fn about(event: Event, product: Product, scope: &Scope) -> Event {
    event.at(scope).detail("product", product.word())
}
