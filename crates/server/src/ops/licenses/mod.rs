//! Changes that an organization's Owners and Admins make to its licenses: assign, revoke, remove machines, create
//! offline licenses, settings.
//!
//! Each holds the turn ([`crate::ops::leases`]) while it changes counted data, and writes audit events.

pub(crate) mod assign;
pub(crate) mod machines;
pub(crate) mod offline;
pub(crate) mod revoke;
pub(crate) mod settings;

use testkeep_domain::license::Product;

use crate::identity::access::Scope;
use crate::ops::audit::Event;

/// Adds the product and the organization to an event.
fn about(event: Event, product: Product, scope: &Scope) -> Event {
    event.at(scope).detail("product", product.word())
}
