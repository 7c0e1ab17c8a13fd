//! The license in force: read from the database, verified again at every change, checked against this machine.
//!
//! The database holds the signed text and is the truth; several servers may share it. What is kept here is only the
//! verified form of the latest import, noticed by its number.

use std::sync::{Arc, RwLock};

use chrono::{DateTime, Utc};
use testkeep_domain::license::{License, LicenseFile, LicenseSummary, TrustedKeys};
use testkeep_domain::machine::MachineId;
use testkeep_store::{Db, license};

use crate::Error;

pub struct Licensing {
    trusted: TrustedKeys,
    machine_id: MachineId,
    current: RwLock<Current>,
}

#[derive(Clone, Default)]
struct Current {
    /// Number of the import this was read from; 0 when there is none.
    number: i64,
    license: Option<Arc<License>>,
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

    /// Reads the latest import if it is not the one at hand.
    pub async fn refresh(&self, db: &Db) -> Result<Option<Arc<License>>, Error> {
        let number = license::latest_license_number(db).await?;
        if let Some(known) = self.known(number) {
            return Ok(known.license);
        }
        let row = license::find_latest_license(db).await?;
        let license = row.as_ref().and_then(|row| self.read(&row.content)).map(Arc::new);
        let current = Current { number: row.map_or(0, |row| row.id), license };
        if let Ok(mut place) = self.current.write() {
            *place = current.clone();
        }
        Ok(current.license)
    }

    /// The license in force as the pages show it.
    pub async fn summary(&self, db: &Db, now: DateTime<Utc>) -> Result<Option<LicenseSummary>, Error> {
        let license = self.refresh(db).await?;
        Ok(license.map(|license| self.summarize(&license, now)))
    }

    pub fn summarize(&self, license: &License, now: DateTime<Utc>) -> LicenseSummary {
        license.summary(&license.check(&self.machine_id, now))
    }

    /// Once activated, an installation stays so: an expired license still lets people sign in and import another.
    pub async fn is_activated(&self, db: &Db) -> Result<bool, Error> {
        Ok(self.refresh(db).await?.is_some())
    }

    fn known(&self, number: i64) -> Option<Current> {
        let current = self.current.read().ok()?;
        (current.number == number).then(|| current.clone())
    }

    fn read(&self, content: &str) -> Option<License> {
        LicenseFile::read(content.as_bytes(), &self.trusted)
            .inspect_err(|error| tracing::error!(%error, "the imported license is not valid in this build"))
            .ok()
    }
}
