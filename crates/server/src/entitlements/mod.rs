//! The licenses in force: read from the database, verified again after every change, checked against this machine.
//!
//! The database holds the signed texts, and only these count; several servers may share it. This module keeps their
//! verified form and their parsed keys in memory. The number of imports shows that another server has imported a file.
//! Files add up; a renewal replaces the files that it names.

mod imported;
pub(crate) mod marks;
mod pools;
mod signer;
mod unlicensed;

use std::sync::{Arc, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use testkeep_domain::lease::LeaseAlgorithm;
use testkeep_domain::license::{EXPIRING_DAYS, License, LicenseState, LicenseSummary, Product, TrustedKeys};
use testkeep_domain::machine::MachineId;
use testkeep_store::licenses::license::{self, LicenseRow};
use testkeep_store::{Db, StoreError, Tx};

pub(crate) use imported::{Imported, ImportedFile};
pub(crate) use marks::Marks;
pub(crate) use pools::Pool;
pub use pools::{PoolState, Pools};
pub use signer::LeaseSigner;

use crate::Error;

pub struct Licensing {
    trusted: TrustedKeys,
    machine_id: MachineId,
    current: RwLock<Arc<Imported>>,
}

impl Licensing {
    pub fn new(trusted: TrustedKeys, machine_id: MachineId) -> Self {
        Self { trusted, machine_id, current: RwLock::default() }
    }

    pub fn machine_id(&self) -> &MachineId {
        &self.machine_id
    }

    pub fn trusted(&self) -> &TrustedKeys {
        &self.trusted
    }

    /// Reads the imported files if they are others than those in memory. Otherwise it costs one small query.
    pub async fn refresh(&self, db: &Db) -> Result<Arc<Imported>, Error> {
        let count = license::count_licenses(db).await?;
        let known = self.known();
        if known.count() == count {
            return Ok(known);
        }
        Ok(self.take_in(&license::list_licenses(db).await?))
    }

    /// The pools, within a transaction that has read the number of imports (`count`).
    pub async fn pools_in(&self, tx: &mut Tx, count: i64, now: DateTime<Utc>) -> Result<Pools, StoreError> {
        let mut known = self.known();
        if known.count() != count {
            known = self.take_in(&license::list_licenses(tx).await?);
        }
        Ok(Pools::of(known.files(), now))
    }

    fn take_in(&self, rows: &[LicenseRow]) -> Arc<Imported> {
        let read = Arc::new(Imported::read(rows, &self.trusted, &self.machine_id));
        if let Ok(mut place) = self.current.write() {
            *place = read.clone();
        }
        read
    }

    /// The files as of the last [`Self::refresh`].
    pub fn known(&self) -> Arc<Imported> {
        // A poisoned lock is fine, because the value is always replaced as a whole.
        self.current.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The seats of all files in force together.
    pub async fn pools(&self, db: &Db, now: DateTime<Utc>) -> Result<Pools, Error> {
        Ok(Pools::of(self.refresh(db).await?.files(), now))
    }

    /// As [`Self::pools`], with the files of the last refresh and without a query.
    pub fn known_pools(&self, now: DateTime<Utc>) -> Pools {
        Pools::of(self.known().files(), now)
    }

    /// The key that signs leases now: from the file in force with the latest end that has such a key, as of the last
    /// refresh.
    pub fn signer(&self, algorithm: LeaseAlgorithm, now: DateTime<Utc>) -> Option<Arc<LeaseSigner>> {
        let known = self.known();
        let in_force = known.files().iter().filter(|file| file.is_in_force(now));
        let signers = in_force.filter_map(|file| file.signer(algorithm));
        signers.max_by_key(|signer| signer.not_after()).cloned()
    }

    /// Whether any file is in force, as of the last refresh.
    pub fn is_in_force(&self, now: DateTime<Utc>) -> bool {
        self.known().files().iter().any(|file| file.is_in_force(now))
    }

    /// Why no license covers the product (`None`: any product), as a sentence for the person who requested a lease.
    pub fn why_unlicensed(&self, product: Option<Product>, now: DateTime<Utc>) -> String {
        unlicensed::why_unlicensed(&self.known(), &self.machine_id, product, now)
    }

    /// Every imported file that is valid in this build, in the order of import.
    pub async fn files(&self, db: &Db, now: DateTime<Utc>) -> Result<Vec<LicenseSummary>, Error> {
        let known = self.refresh(db).await?;
        Ok(known.files().iter().map(|file| file.summary(&self.machine_id, now)).collect())
    }

    /// The files in force that end within [`EXPIRING_DAYS`], the earliest end first.
    pub async fn ending(&self, db: &Db, now: DateTime<Utc>) -> Result<Vec<LicenseSummary>, Error> {
        let mut files = self.ending_or_ended(db, now).await?;
        files.retain(|file| file.state == LicenseState::Expiring);
        Ok(files)
    }

    /// As [`Self::ending`], with the files that ended within the last [`EXPIRING_DAYS`].
    pub async fn ending_or_ended(&self, db: &Db, now: DateTime<Utc>) -> Result<Vec<LicenseSummary>, Error> {
        let mut files = self.files(db, now).await?;
        files.retain(|file| match file.state {
            LicenseState::Expiring => true,
            LicenseState::Expired => now - file.expires_at <= TimeDelta::days(EXPIRING_DAYS),
            _ => false,
        });
        files.sort_by_key(|file| file.expires_at);
        Ok(files)
    }

    /// The file that the pages show: of the files in force the one that ends last; without one, the file imported last.
    pub async fn summary(&self, db: &Db, now: DateTime<Utc>) -> Result<Option<LicenseSummary>, Error> {
        let known = self.refresh(db).await?;
        Ok(known.leading(now).map(|file| file.summary(&self.machine_id, now)))
    }

    /// The summary of one license, without regard to renewals.
    pub fn summarize(&self, license: &License, now: DateTime<Utc>) -> LicenseSummary {
        license.summary(&license.check(&self.machine_id, now))
    }

    /// An activated installation stays activated: with an expired license people can still sign in and import another.
    pub async fn is_activated(&self, db: &Db) -> Result<bool, Error> {
        Ok(!self.refresh(db).await?.files().is_empty())
    }
}
