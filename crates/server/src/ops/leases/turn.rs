//! The turn: the right to change seats, and what is known while it is held.
//!
//! Counters are read once, changed here and written back in [`Turn::finish`], which must come before the commit. A
//! turn that is dropped without it changes nothing that was counted, so its transaction must not be committed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::PoisonError;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use testkeep_domain::license::Product;
use testkeep_store::licenses::setting::{self, Reservation};
use testkeep_store::licenses::turn::{self, OrganizationCount, TurnFacts};
use testkeep_store::licenses::usage;
use testkeep_store::licenses::waiter::{self, Waiter};
use testkeep_store::{StoreError, Tx};

use super::{PLACE_KEPT, Stop};
use crate::licensing::{Pool, Pools};
use crate::{App, Error, clock_guard};

/// Longer queues are cut; who is behind waits all the same.
const WAITERS: i64 = 1000;

pub(crate) struct Turn<'t> {
    pub(super) app: &'t App,
    pub(super) tx: &'t mut Tx,
    pub(super) now: DateTime<Utc>,
    pools: Pools,
    kse: Total,
    kre: Total,
    facts: TurnFacts,
    organizations: HashMap<(i64, Product), Counted>,
    reservations: HashMap<Product, Vec<Reservation>>,
    waiters: HashMap<Product, Vec<Waiter>>,
    peaks: HashMap<(i64, Product), i64>,
    pub(super) swept: bool,
}

/// Over all organizations.
struct Total {
    in_use: i64,
    assigned: i64,
    machines: i64,
}

struct Counted {
    count: OrganizationCount,
    changed: bool,
}

impl<'t> Turn<'t> {
    /// Waits for its turn.
    pub(super) async fn take(app: &'t App, tx: &'t mut Tx) -> Result<Self, Stop> {
        let facts = turn::take_turn(tx).await?;
        let now = app.clock.now();
        Ok(Self {
            pools: app.licensing.pools_in(tx, facts.licenses, now).await?,
            app,
            tx,
            now,
            kse: Total {
                in_use: facts.kse_in_use,
                assigned: facts.kse_assigned,
                machines: facts.kse_machines,
            },
            kre: Total {
                in_use: facts.kre_in_use,
                assigned: facts.kre_assigned,
                machines: facts.kre_machines,
            },
            facts,
            organizations: HashMap::new(),
            reservations: HashMap::new(),
            waiters: HashMap::new(),
            peaks: HashMap::new(),
            swept: false,
        })
    }

    /// For operations that hold a transaction of their own.
    pub(in crate::ops) async fn begin(app: &'t App, tx: &'t mut Tx) -> Result<Self, Error> {
        Ok(Self::take(app, tx).await?)
    }

    pub(in crate::ops) fn tx(&mut self) -> &mut Tx {
        self.tx
    }

    pub(in crate::ops) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// What is licensed now.
    ///
    /// # Errors
    /// [`Error::NotLicensed`] when nothing of the product is.
    pub(in crate::ops) fn pool(&self, product: Product) -> Result<&Pool, Error> {
        self.pools.get(product).ok_or_else(|| {
            Error::NotLicensed(format!(
                "This server has no {product} license in force. Ask its admin to import one that your vendor renewed."
            ))
        })
    }

    /// # Errors
    /// [`Error::Forbidden`] while the clock is further back than is tolerated.
    pub(in crate::ops) fn require_clock(&self) -> Result<(), Error> {
        if clock_guard::is_set_back(self.facts.latest_time_seen.as_deref(), self.now) {
            return Err(Error::Forbidden(
                "The server's clock was set back, so no new licenses are given out. Ask its admin to set the clock right."
                    .into(),
            ));
        }
        Ok(())
    }

    fn total(&self, product: Product) -> &Total {
        match product {
            Product::Kse => &self.kse,
            Product::Kre => &self.kre,
        }
    }

    fn total_mut(&mut self, product: Product) -> &mut Total {
        match product {
            Product::Kse => &mut self.kse,
            Product::Kre => &mut self.kre,
        }
    }

    /// Seats taken in all organizations.
    pub(in crate::ops) fn in_use(&self, product: Product) -> i64 {
        self.total(product).in_use
    }

    pub(in crate::ops) fn assigned(&self, product: Product) -> i64 {
        self.total(product).assigned
    }

    pub(in crate::ops) fn machines(&self, product: Product) -> i64 {
        self.total(product).machines
    }

    /// One organization's counters and settings.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is gone.
    pub(in crate::ops) async fn organization(
        &mut self,
        id: i64,
        product: Product,
    ) -> Result<&OrganizationCount, Error> {
        Ok(&self.counted(id, product).await?.count)
    }

    async fn counted(&mut self, id: i64, product: Product) -> Result<&mut Counted, Error> {
        match self.organizations.entry((id, product)) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let count = turn::find_organization_count(&mut *self.tx, id, product.word()).await?;
                let count = count.ok_or(Error::NotFound)?;
                Ok(place.insert(Counted { count, changed: false }))
            }
        }
    }

    /// A seat more or less, charged to a team's reservation when there is one.
    pub(in crate::ops) async fn add_in_use(
        &mut self,
        organization_id: i64,
        product: Product,
        team_id: Option<i64>,
        by: i64,
    ) -> Result<(), Error> {
        let counted = self.counted(organization_id, product).await?;
        counted.count.in_use += by;
        counted.changed = true;
        let in_use = counted.count.in_use;
        self.total_mut(product).in_use += by;
        let total = self.in_use(product);
        self.note_peak(organization_id, product, in_use);
        self.note_peak(0, product, total);
        if let Some(team_id) = team_id {
            setting::add_reservation_use(self.tx, team_id, product.word(), by).await?;
            let reserved = self.reservations.get_mut(&product).into_iter().flatten();
            for reservation in reserved.filter(|reservation| reservation.team_id == team_id) {
                reservation.in_use += by;
            }
        }
        Ok(())
    }

    fn note_peak(&mut self, organization_id: i64, product: Product, in_use: i64) {
        let peak = self.peaks.entry((organization_id, product)).or_insert(in_use);
        *peak = (*peak).max(in_use);
    }

    pub(in crate::ops) async fn add_assigned(
        &mut self,
        organization_id: i64,
        product: Product,
        by: i64,
    ) -> Result<(), Error> {
        let counted = self.counted(organization_id, product).await?;
        counted.count.assigned += by;
        counted.changed = true;
        self.total_mut(product).assigned += by;
        Ok(())
    }

    pub(in crate::ops) async fn add_machines(
        &mut self,
        organization_id: i64,
        product: Product,
        by: i64,
    ) -> Result<(), Error> {
        let counted = self.counted(organization_id, product).await?;
        counted.count.machines += by;
        counted.changed = true;
        self.total_mut(product).machines += by;
        Ok(())
    }

    /// Every team's reservation of a product.
    pub(super) async fn reservations(&mut self, product: Product) -> Result<&[Reservation], StoreError> {
        if !self.facts.reservations {
            return Ok(&[]);
        }
        match self.reservations.entry(product) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                Ok(place.insert(setting::list_reservations(&mut *self.tx, product.word(), None).await?))
            }
        }
    }

    /// Who waits, first come first.
    pub(super) async fn waiters(&mut self, product: Product) -> Result<&mut Vec<Waiter>, StoreError> {
        match self.waiters.entry(product) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) if !self.facts.waiters => Ok(place.insert(Vec::new())),
            Entry::Vacant(place) => {
                waiter::delete_gone_waiters(self.tx, self.now - PLACE_KEPT).await?;
                Ok(place.insert(waiter::list_waiters(&mut *self.tx, product.word(), WAITERS).await?))
            }
        }
    }

    /// Queues at the end or keeps the place; then the list is read anew.
    pub(super) fn forget_waiters(&mut self, product: Product) {
        self.facts.waiters = true;
        self.waiters.remove(&product);
    }

    /// Writes what was counted. The commit comes next.
    pub(in crate::ops) async fn finish(self) -> Result<(), StoreError> {
        for ((id, product), Counted { count, .. }) in self.organizations.iter().filter(|(_, it)| it.changed) {
            let (in_use, assigned, machines) = (count.in_use, count.assigned, count.machines);
            turn::put_organization_count(self.tx, *id, product.word(), in_use, assigned, machines).await?;
        }
        let hour = hour_of(self.now);
        for ((id, product), peak) in self.peaks {
            let written = {
                let mut peaks = self.app.leases.peaks.lock().unwrap_or_else(PoisonError::into_inner);
                let known = peaks.entry((id, product)).or_insert((hour, -1));
                let written = *known;
                if written.0 != hour || written.1 < peak {
                    *known = (hour, peak);
                }
                written
            };
            if written.0 != hour || written.1 < peak {
                usage::put_peak(self.tx, id, product.word(), hour, peak).await?;
            }
        }
        Ok(())
    }
}

pub(super) fn hour_of(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::hours(1)).unwrap_or(time)
}
