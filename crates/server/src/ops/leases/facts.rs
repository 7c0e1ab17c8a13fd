//! What a turn knows of the whole installation: what is licensed, and how much of it is taken.

use testkeep_domain::license::Product;
use testkeep_store::licenses::turn::TurnFacts;

use super::turn::Change;
use crate::Error;
use crate::licensing::{Pool, Pools};

pub(super) struct Facts {
    pools: Pools,
    /// Taken over all organizations.
    kse: Change,
    kre: Change,
    /// RFC 3339; the latest time this installation has seen.
    pub(super) latest_time_seen: Option<String>,
    /// Somebody may be waiting.
    pub(super) waiters: bool,
    /// Some team has a reservation.
    pub(super) reservations: bool,
}

impl Facts {
    pub(super) fn new(pools: Pools, facts: &TurnFacts) -> Self {
        let kse =
            Change { in_use: facts.kse_in_use, assigned: facts.kse_assigned, machines: facts.kse_machines };
        let kre =
            Change { in_use: facts.kre_in_use, assigned: facts.kre_assigned, machines: facts.kre_machines };
        Self {
            pools,
            kse,
            kre,
            latest_time_seen: facts.latest_time_seen.clone(),
            waiters: facts.waiters,
            reservations: facts.reservations,
        }
    }

    /// # Errors
    /// [`Error::NotLicensed`] when nothing of the product is licensed now.
    pub(super) fn pool(&self, product: Product) -> Result<&Pool, Error> {
        self.pools.get(product).ok_or_else(|| {
            Error::NotLicensed(format!(
                "This server has no {product} license in force. Ask its admin to import one that your vendor renewed."
            ))
        })
    }

    pub(super) fn total(&self, product: Product) -> Change {
        match product {
            Product::Kse => self.kse,
            Product::Kre => self.kre,
        }
    }

    pub(super) fn change(&mut self, product: Product, by: Change) {
        match product {
            Product::Kse => self.kse.add(by),
            Product::Kre => self.kre.add(by),
        }
    }
}
