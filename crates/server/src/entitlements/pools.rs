//! The quotas of all files in force together, by product, now and at each time when a file ends.
//!
//! Pure arithmetic over verified files. Must never depend on the seats in use.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::{EXPIRING_DAYS, Product, Returns, days_left};
use utoipa::ToSchema;

use super::ImportedFile;

/// The pools at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pools {
    now: DateTime<Utc>,
    granted: BTreeMap<Product, Pool>,
    /// Products that only expired files cover.
    ended: BTreeSet<Product>,
}

/// One product's pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Seats of all files in force.
    pub quota: u32,
    /// Maximum number of registered machines.
    pub machine_quota: u32,
    /// The latest end of the files in force that cover the product. No lease may be valid longer.
    pub expires_at: DateTime<Utc>,
    /// The strictest rule of the files in force that cover the product.
    pub returns: Returns,
    steps: Vec<PoolStep>,
}

/// The number of seats from this time on; 0 when no file is in force any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolStep {
    pub from: DateTime<Utc>,
    pub quota: u32,
    pub machine_quota: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PoolState {
    Active,
    /// 30 days or less are left.
    Expiring,
    /// A file covered the product until its end; no file does now.
    Expired,
    None,
}

impl Pools {
    pub(super) fn of(files: &[ImportedFile], now: DateTime<Utc>) -> Self {
        let pool = |product| Some((product, Pool::of(files, product, now)?));
        let ended = files.iter().filter(|file| file.is_expired(now));
        Self {
            now,
            granted: Product::ALL.into_iter().filter_map(pool).collect(),
            ended: ended.flat_map(|file| file.license().terms().products.keys().copied()).collect(),
        }
    }

    /// `None` when no file in force covers the product.
    pub fn get(&self, product: Product) -> Option<&Pool> {
        self.granted.get(&product)
    }

    pub fn state(&self, product: Product) -> PoolState {
        match self.get(product) {
            Some(pool) if days_left(pool.expires_at, self.now) <= EXPIRING_DAYS => PoolState::Expiring,
            Some(_) => PoolState::Active,
            None if self.ended.contains(&product) => PoolState::Expired,
            None => PoolState::None,
        }
    }

    /// Days until the last file that covers the product ends, rounded up; 0 when no file does.
    pub fn days_left(&self, product: Product) -> i64 {
        self.get(product).map_or(0, |pool| days_left(pool.expires_at, self.now))
    }
}

impl Pool {
    fn of(files: &[ImportedFile], product: Product, now: DateTime<Utc>) -> Option<Self> {
        let granting = || files.iter().filter(|file| file.license().terms().products.contains_key(&product));
        let in_force = || granting().filter(|file| file.is_in_force(now)).map(|file| file.license().terms());
        let expires_at = in_force().map(|terms| terms.expires_at).max()?;
        let returns = in_force().map(|terms| terms.returns).max().unwrap_or_default();
        let turns = granting().flat_map(ImportedFile::turns).filter(|turn| *turn > now);
        let turns: BTreeSet<_> = std::iter::once(now).chain(turns).collect();
        let mut steps: Vec<_> = turns.into_iter().map(|from| PoolStep::at(files, product, from)).collect();
        steps.dedup_by(|later, earlier| later.seats() == earlier.seats());
        let PoolStep { quota, machine_quota, .. } = *steps.first()?;
        Some(Self { quota, machine_quota, expires_at, returns, steps })
    }

    /// The changes of the pool with the files imported now: the first step is now, the last has no seats.
    pub fn seats_until(&self) -> &[PoolStep] {
        &self.steps
    }

    /// The number of seats at that time, with the files imported now.
    pub fn quota_at(&self, at: DateTime<Utc>) -> u32 {
        self.steps.iter().rev().find(|step| step.from <= at).map_or(self.quota, |step| step.quota)
    }
}

impl PoolStep {
    fn at(files: &[ImportedFile], product: Product, from: DateTime<Utc>) -> Self {
        let in_force = files.iter().filter(|file| file.is_in_force(from));
        let granted = in_force.filter_map(|file| file.license().terms().products.get(&product));
        granted.fold(Self { from, quota: 0, machine_quota: 0 }, |sum, quota| Self {
            from,
            quota: sum.quota.saturating_add(quota.quota),
            machine_quota: sum.machine_quota.saturating_add(quota.machine_quota),
        })
    }

    fn seats(&self) -> (u32, u32) {
        (self.quota, self.machine_quota)
    }
}
