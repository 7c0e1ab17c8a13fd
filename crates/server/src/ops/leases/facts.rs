//! Data about the whole installation that a turn reads once: licensed quantities and the seats in use.

use testkeep_domain::license::Product;
use testkeep_store::licenses::turn::{OrganizationCount, TurnFacts};

use crate::entitlements::{Pool, Pools};

/// Signed changes to the counters.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) in_use: i64,
    pub(super) assigned: i64,
    pub(super) machines: i64,
}

impl Change {
    pub(super) fn add(&mut self, by: Self) {
        self.in_use += by.in_use;
        self.assigned += by.assigned;
        self.machines += by.machines;
    }

    pub(super) fn add_to(self, count: &mut OrganizationCount) {
        count.in_use += self.in_use;
        count.assigned += self.assigned;
        count.machines += self.machines;
    }
}

pub(super) struct Facts {
    pools: Pools,
    /// Totals over all organizations.
    kse: Change,
    kre: Change,
    /// The latest time that this installation has seen, as RFC 3339.
    pub(super) latest_time_seen: Option<String>,
    /// `false`: the queue is empty. `true`: it may hold clients.
    pub(super) waiters: bool,
    /// At least one team has a reservation.
    pub(super) reservations: bool,
    /// At least one seat still counts although its session ended.
    pub(super) held: bool,
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
            held: facts.held,
        }
    }

    /// `None`: no license in force covers the product.
    pub(super) fn pool(&self, product: Product) -> Option<&Pool> {
        self.pools.get(product)
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
