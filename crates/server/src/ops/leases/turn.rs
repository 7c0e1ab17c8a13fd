//! The turn: a transaction that holds the license lock of the database, with the data read while it is held.
//!
//! Counters are read once, changed here and written in [`Turn::finish`], which must run before the commit. New sessions
//! are written there too, or earlier when a statement needs them ([`Turn::tx`]). Must never commit the transaction of a
//! turn that did not finish: its counters are not written.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::license::{Product, Returns};
use testkeep_store::licenses::BATCH_MAX;
use testkeep_store::licenses::freed;
use testkeep_store::licenses::session::{self, NewLicenseSession};
use testkeep_store::licenses::setting::{self, Reservation};
use testkeep_store::licenses::turn::{self, OrganizationCount, TurnFacts};
use testkeep_store::licenses::usage;
use testkeep_store::licenses::waiter::{self, Waiter};
use testkeep_store::{StoreError, Tx};

use super::facts::{Change, Facts};
use super::{QUEUE_TIMEOUT, hour_of};
use crate::entitlements::Pool;
use crate::ops::audit::{self, Event};
use crate::ops::authorized::{Authorized, Oneself};
use crate::{App, Error, clock_guard};

/// The clocks of several servers differ by less. A clock that is further behind was set back.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(5);
/// Number of queued clients that are read; clients behind these keep their position.
const WAITERS: i64 = 1000;

pub(crate) struct Turn<'t> {
    pub(super) app: &'t App,
    pub(super) tx: &'t mut Tx,
    pub(super) now: DateTime<Utc>,
    /// Read on demand: requests that only give seats back do not need them.
    facts: Option<Facts>,
    organizations: HashMap<(i64, Product), OrganizationCount>,
    changes: BTreeMap<(i64, Product), Change>,
    reservations: HashMap<Product, Vec<Reservation>>,
    waiters: HashMap<Product, Vec<Waiter>>,
    peaks: HashMap<(i64, Product), i64>,
    unwritten: Vec<Unwritten<'t>>,
    /// Ids of the sessions that this turn began; 0 until a session is written.
    begun: Vec<i64>,
    pub(super) swept: bool,
    /// At least one seat became free because its lease had ended.
    freed_by_time: bool,
    /// Audit events, written by [`Turn::finish`].
    notes: Vec<(Authorized<Oneself>, Event)>,
}

/// A session that begins in this turn.
struct Unwritten<'t> {
    /// Index in `begun`.
    index: usize,
    new: NewLicenseSession<'t>,
    expires_at: DateTime<Utc>,
}

impl<'t> Turn<'t> {
    /// For a transaction that has the license lock already.
    pub(super) fn of(app: &'t App, tx: &'t mut Tx) -> Self {
        Self {
            app,
            tx,
            now: app.clock.now(),
            facts: None,
            organizations: HashMap::new(),
            changes: BTreeMap::new(),
            reservations: HashMap::new(),
            waiters: HashMap::new(),
            peaks: HashMap::new(),
            unwritten: Vec::new(),
            begun: Vec::new(),
            swept: false,
            freed_by_time: false,
            notes: Vec::new(),
        }
    }

    /// Waits for the license lock, in a transaction that may have done other work before.
    pub(in crate::ops) async fn begin(app: &'t App, tx: &'t mut Tx) -> Result<Self, Error> {
        turn::take_turn(tx).await?;
        Ok(Self::of(app, tx))
    }

    /// The transaction, with all writes of this turn except the counters.
    pub(in crate::ops) async fn tx(&mut self) -> Result<&mut Tx, StoreError> {
        self.write_sessions().await?;
        Ok(self.tx)
    }

    pub(in crate::ops) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    pub(super) async fn facts(&mut self) -> Result<&mut Facts, StoreError> {
        if self.facts.is_none() {
            let facts = turn::find_turn_facts(&mut *self.tx).await?;
            self.keep_facts(&facts).await?;
        }
        self.facts.as_mut().ok_or(StoreError::RowNotFound)
    }

    /// Keeps the facts that were read from the database, unless this turn has them already.
    pub(super) async fn keep_facts(&mut self, facts: &TurnFacts) -> Result<(), StoreError> {
        if self.facts.is_some() {
            return Ok(());
        }
        let pools = self.app.licensing.pools_in(self.tx, facts.licenses, self.now).await?;
        let freed_until = facts.freed_until;
        let mut facts = Facts::new(pools, facts);
        for ((_, product), change) in &self.changes {
            facts.change(*product, *change);
        }
        self.facts = Some(facts);
        if freed_until.is_some_and(|until| self.now + CLOCKS_DIFFER < until) {
            self.hold_again().await?;
        }
        Ok(())
    }

    /// The pool of a product, from the licenses in force now.
    ///
    /// # Errors
    /// [`Error::NotLicensed`] when no license in force covers the product.
    pub(in crate::ops) async fn pool(&mut self, product: Product) -> Result<&Pool, Error> {
        let (app, now) = (self.app, self.now);
        let pool = self.facts().await?.pool(product);
        pool.ok_or_else(|| Error::NotLicensed(app.licensing.why_unlicensed(Some(product), now)))
    }

    /// The rule for returns from the license files in force; the default when no license covers the product.
    pub(super) async fn returns(&mut self, product: Product) -> Result<Returns, StoreError> {
        Ok(self.facts().await?.pool(product).map(|pool| pool.returns).unwrap_or_default())
    }

    /// The licensed quantities now: seats, then machines.
    pub(in crate::ops) async fn quotas(&mut self, product: Product) -> Result<(i64, i64), StoreError> {
        let pool = self.facts().await?.pool(product);
        Ok(pool.map_or((0, 0), |pool| (pool.quota.into(), pool.machine_quota.into())))
    }

    /// Whether any seat counts although its session ended.
    pub(super) async fn has_held(&mut self) -> Result<bool, StoreError> {
        Ok(self.facts().await?.held)
    }

    pub(super) fn note_held(&mut self) {
        if let Some(facts) = &mut self.facts {
            facts.held = true;
        }
    }

    /// Call this when a seat became free because its lease had ended, not because a person gave it back.
    pub(super) fn note_freed_by_time(&mut self) {
        self.freed_by_time = true;
    }

    /// Counts a seat again although its session ended.
    pub(super) async fn hold_seat_again(
        &mut self,
        organization_id: i64,
        product: Product,
        team_id: Option<i64>,
    ) -> Result<(), StoreError> {
        self.note_held();
        self.change(organization_id, product, Change { in_use: 1, ..Change::default() });
        match team_id {
            Some(team_id) => setting::add_reservation_use(self.tx, team_id, product.word(), 1).await,
            None => Ok(()),
        }
    }

    /// [`Self::finish`] writes the event to the audit log.
    pub(super) fn note(&mut self, whose: Authorized<Oneself>, event: Event) {
        self.notes.push((whose, event));
    }

    /// # Errors
    /// [`Error::Forbidden`] while the clock is further behind the latest time seen than is tolerated.
    pub(in crate::ops) async fn require_clock(&mut self) -> Result<(), Error> {
        let now = self.now;
        if clock_guard::is_set_back(self.facts().await?.latest_time_seen.as_deref(), now) {
            return Err(Error::Forbidden(
                "The server's clock was set back, so no new licenses are given out. Ask its admin to set the clock right."
                    .into(),
            ));
        }
        Ok(())
    }

    /// Seats in use in all organizations.
    pub(in crate::ops) async fn in_use(&mut self, product: Product) -> Result<i64, StoreError> {
        Ok(self.facts().await?.total(product).in_use)
    }

    pub(in crate::ops) async fn assigned(&mut self, product: Product) -> Result<i64, StoreError> {
        Ok(self.facts().await?.total(product).assigned)
    }

    pub(in crate::ops) async fn machines(&mut self, product: Product) -> Result<i64, StoreError> {
        Ok(self.facts().await?.total(product).machines)
    }

    /// One organization's counters and settings.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the organization was deleted.
    pub(in crate::ops) async fn organization(
        &mut self,
        id: i64,
        product: Product,
    ) -> Result<&OrganizationCount, Error> {
        if !self.organizations.contains_key(&(id, product)) {
            let count = turn::find_organization_count(&mut *self.tx, id, product.word()).await?;
            self.keep_organization(id, product, count.ok_or(Error::NotFound)?);
        }
        self.organizations.get(&(id, product)).ok_or(Error::NotFound)
    }

    /// Keeps the counters that were read for an organization, unless this turn has them already.
    pub(super) fn keep_organization(&mut self, id: i64, product: Product, mut count: OrganizationCount) {
        self.changes.get(&(id, product)).copied().unwrap_or_default().add_to(&mut count);
        self.organizations.entry((id, product)).or_insert(count);
    }

    fn change(&mut self, id: i64, product: Product, by: Change) {
        if let Some(facts) = &mut self.facts {
            facts.change(product, by);
        }
        if let Some(count) = self.organizations.get_mut(&(id, product)) {
            by.add_to(count);
        }
        self.changes.entry((id, product)).or_default().add(by);
    }

    /// Adds `by` seats (negative: frees them), charged to a team's reservation if `team_id` is given.
    pub(in crate::ops) async fn add_in_use(
        &mut self,
        organization_id: i64,
        product: Product,
        team_id: Option<i64>,
        by: i64,
    ) -> Result<(), Error> {
        self.change(organization_id, product, Change { in_use: by, ..Change::default() });
        if by > 0 {
            let in_use = self.organization(organization_id, product).await?.in_use;
            self.note_peak(organization_id, product, in_use);
            let total = self.in_use(product).await?;
            self.note_peak(0, product, total);
        }
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

    pub(in crate::ops) fn add_assigned(&mut self, organization_id: i64, product: Product, by: i64) {
        self.change(organization_id, product, Change { assigned: by, ..Change::default() });
    }

    pub(in crate::ops) fn add_machines(&mut self, organization_id: i64, product: Product, by: i64) {
        self.change(organization_id, product, Change { machines: by, ..Change::default() });
    }

    /// Begins a session. Returns its index in the ids that [`Self::finish`] returns.
    pub(super) fn begin_session(&mut self, new: NewLicenseSession<'t>, expires_at: DateTime<Utc>) -> usize {
        let index = self.begun.len();
        self.begun.push(0);
        self.unwritten.push(Unwritten { index, new, expires_at });
        index
    }

    async fn write_sessions(&mut self) -> Result<(), StoreError> {
        let mut unwritten = std::mem::take(&mut self.unwritten);
        unwritten.sort_by_key(|it| it.expires_at);
        for together in unwritten.chunk_by(|one, next| one.expires_at == next.expires_at) {
            for some in together.chunks(BATCH_MAX) {
                let new: Vec<_> = some.iter().map(|it| it.new.clone()).collect();
                let ids =
                    session::create_license_sessions(self.tx, &new, some[0].expires_at, self.now).await?;
                for (written, id) in some.iter().zip(ids) {
                    self.begun[written.index] = id;
                }
            }
        }
        Ok(())
    }

    /// Every team's reservation of a product.
    pub(super) async fn reservations(&mut self, product: Product) -> Result<&[Reservation], StoreError> {
        if !self.facts().await?.reservations {
            return Ok(&[]);
        }
        match self.reservations.entry(product) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(index) => {
                Ok(index.insert(setting::list_reservations(&mut *self.tx, product.word(), None).await?))
            }
        }
    }

    pub(super) async fn may_have_waiters(&mut self) -> Result<bool, StoreError> {
        Ok(self.facts().await?.waiters)
    }

    /// The queue, oldest first.
    pub(super) async fn waiters(&mut self, product: Product) -> Result<&mut Vec<Waiter>, StoreError> {
        let may_have_waiters = self.may_have_waiters().await?;
        match self.waiters.entry(product) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(index) if !may_have_waiters => Ok(index.insert(Vec::new())),
            Entry::Vacant(index) => {
                waiter::delete_gone_waiters(self.tx, self.now - QUEUE_TIMEOUT).await?;
                Ok(index.insert(waiter::list_waiters(&mut *self.tx, product.word(), WAITERS).await?))
            }
        }
    }

    /// Call this after a client was put into the queue: the list is read again when it is next needed.
    pub(super) fn forget_waiters(&mut self, product: Product) {
        if let Some(facts) = &mut self.facts {
            facts.waiters = true;
        }
        self.waiters.remove(&product);
    }

    /// Writes the new sessions, the counters and the audit events. The commit must follow. Returns the ids of the
    /// sessions that this turn began.
    pub(in crate::ops) async fn finish(mut self) -> Result<Vec<i64>, Error> {
        self.write_sessions().await?;
        for ((id, product), Change { in_use, assigned, machines }) in self.changes {
            if (in_use, assigned, machines) != (0, 0, 0) {
                turn::add_to_organization_count(self.tx, id, product.word(), in_use, assigned, machines)
                    .await?;
            }
        }
        if self.freed_by_time {
            freed::put_freed_until(self.tx, self.now).await?;
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
        for (whose, event) in self.notes {
            audit::record_all(self.tx, &whose, vec![event], self.now).await?;
        }
        Ok(self.begun)
    }
}
