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

/// An event about a product's licenses of an organization.
fn event(
    action: &'static str,
    kind: &'static str,
    id: Option<i64>,
    name: impl Into<String>,
    product: Product,
    may: &Authorized<Scope>,
) -> Event {
    Event::new(action, kind, id, name).at(may.scope()).detail("product", product.word())
}
