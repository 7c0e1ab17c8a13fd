//! Imported license files in their verified form: the files in force, the replaced files, and their keys.
//!
//! Each file is verified once and the result is kept. Must never use a file's content before its signature is verified.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use testkeep_domain::lease::LeaseAlgorithm;
use testkeep_domain::license::{License, LicenseFile, LicenseState, LicenseSummary, TrustedKeys};
use testkeep_domain::machine::MachineId;
use testkeep_store::licenses::license::LicenseRow;

use super::LeaseSigner;

/// All files at one point in time, in the order of import.
#[derive(Default)]
pub struct Imported {
    /// Number of rows that were read, including files that are not valid in this build.
    count: i64,
    files: Vec<ImportedFile>,
}

/// One verified file.
pub struct ImportedFile {
    license: License,
    /// Whether the file is bound to this machine.
    here: bool,
    signers: Vec<Arc<LeaseSigner>>,
    /// The time when a renewal of this file begins.
    replaced_at: Option<DateTime<Utc>>,
}

impl Imported {
    pub(crate) fn read(rows: &[LicenseRow], trusted: &TrustedKeys, machine_id: &MachineId) -> Self {
        let licenses: Vec<License> = rows.iter().filter_map(|row| verify(row, trusted)).collect();
        let begins = |license: &License| {
            let renewals = licenses.iter().filter(|other| other.renews(license));
            renewals.map(|other| other.terms().not_before).min()
        };
        let replaced: Vec<_> = licenses.iter().map(begins).collect();
        let files = licenses.into_iter().zip(replaced).map(|(license, replaced_at)| ImportedFile {
            here: license.terms().machine_id.matches(machine_id).same,
            signers: signers(&license),
            license,
            replaced_at,
        });
        Self { count: i64::try_from(rows.len()).unwrap_or(i64::MAX), files: files.collect() }
    }

    pub(super) fn count(&self) -> i64 {
        self.count
    }

    pub fn files(&self) -> &[ImportedFile] {
        &self.files
    }

    /// Of the files in force, the one that ends last; without one, the file imported last that no other file has
    /// replaced.
    pub(super) fn leading(&self, now: DateTime<Utc>) -> Option<&ImportedFile> {
        let rank = |(position, file): &(usize, &ImportedFile)| {
            let end = file.is_in_force(now).then(|| file.license.terms().expires_at);
            (end, !file.is_replaced(now), *position)
        };
        self.files.iter().enumerate().max_by_key(rank).map(|(_, file)| file)
    }
}

impl ImportedFile {
    pub fn license(&self) -> &License {
        &self.license
    }

    /// Whether the file contributes its quotas at that time.
    pub fn is_in_force(&self, at: DateTime<Utc>) -> bool {
        let terms = self.license.terms();
        self.here && terms.not_before <= at && at < terms.expires_at && !self.is_replaced(at)
    }

    pub fn is_replaced(&self, at: DateTime<Utc>) -> bool {
        self.replaced_at.is_some_and(|begins| begins <= at)
    }

    /// Whether the file has expired on this machine by its own end, not because another file replaced it.
    pub(super) fn is_expired(&self, at: DateTime<Utc>) -> bool {
        self.here && self.license.terms().expires_at <= at && !self.is_replaced(at)
    }

    /// The times at which the file's contribution changes.
    pub(super) fn turns(&self) -> impl Iterator<Item = DateTime<Utc>> {
        let terms = self.license.terms();
        [terms.not_before, terms.expires_at].into_iter().chain(self.replaced_at)
    }

    pub(super) fn signer(&self, algorithm: LeaseAlgorithm) -> Option<&Arc<LeaseSigner>> {
        self.signers.iter().find(|signer| signer.algorithm() == algorithm)
    }

    pub(super) fn summary(&self, machine_id: &MachineId, now: DateTime<Utc>) -> LicenseSummary {
        let mut standing = self.license.check(machine_id, now);
        if self.is_replaced(now) {
            standing.state = LicenseState::Replaced;
        }
        self.license.summary(&standing)
    }
}

fn verify(row: &LicenseRow, trusted: &TrustedKeys) -> Option<License> {
    LicenseFile::read(row.content.as_bytes(), trusted)
        .inspect_err(|error| {
            tracing::error!(license = row.license_id, %error, "an imported license is not valid in this build");
        })
        .ok()
}

/// The import refuses a file with an unusable key, but another version of this program may have imported it.
fn signers(license: &License) -> Vec<Arc<LeaseSigner>> {
    LeaseSigner::of(license)
        .inspect_err(|error| {
            tracing::error!(license = %license.terms().license_id, error, "a license's keys cannot be used");
        })
        .unwrap_or_default()
        .into_iter()
        .map(Arc::new)
        .collect()
}
