//! What a license grants: the values inside the signature, in our own terms.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::LeaseSecret;
use crate::machine::MachineId;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum Product {
    /// Per user.
    Kse,
    /// Floating: each running session takes one.
    Kre,
}

impl Product {
    pub const ALL: [Self; 2] = [Self::Kse, Self::Kre];

    pub fn word(self) -> &'static str {
        match self {
            Self::Kse => "KSE",
            Self::Kre => "KRE",
        }
    }
}

impl std::fmt::Display for Product {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// How much of one product is licensed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Users of KSE, simultaneous sessions of KRE.
    pub quota: u32,
    /// Machines that may be registered.
    pub machine_quota: u32,
}

/// When the seat of a lease that is given back before its signed end is free for others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// At once, within limits: the program is trusted to forget what was signed for it.
    #[default]
    Trusted,
    /// At the lease's end: what was signed cannot be taken back, so it counts as long as it verifies.
    Counted,
}

impl Returns {
    pub const ALL: [Self; 2] = [Self::Trusted, Self::Counted];

    pub fn word(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Counted => "counted",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }
}

/// The terms of one license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseTerms {
    pub license_id: Uuid,
    pub customer: String,
    pub machine_id: MachineId,
    pub issued_at: DateTime<Utc>,
    pub not_before: DateTime<Utc>,
    /// The first moment at which the license no longer holds.
    pub expires_at: DateTime<Utc>,
    pub products: BTreeMap<Product, Quota>,
    /// Licenses of this customer that this one replaces from `not_before` on. Every other one adds up.
    pub renews: Vec<Uuid>,
    /// Absent in the file: trusted.
    pub returns: Returns,
    /// Private keys with which the server signs leases: they make the file confidential.
    pub lease_keys: Vec<LeaseSecret>,
}

/// Why terms cannot be licensed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    #[error("the customer's name must have 1 to {CUSTOMER_MAX} characters and no control characters")]
    Customer,
    #[error("at least one product must have a quota")]
    NoProduct,
    #[error("the quota of {0} must be from 1 to {QUOTA_MAX}")]
    Quota(Product),
    #[error("the machine quota of {0} must be from 1 to {QUOTA_MAX}")]
    MachineQuota(Product),
    #[error("the license must end after it begins")]
    Period,
    #[error("the license must end less than 50 years after it was issued")]
    TooLong,
    #[error("the Machine ID is of a machine that cannot be recognized again: it shows too little of itself")]
    Machine,
    #[error("a license renews at most {RENEWS_MAX} others, each once, and not itself")]
    Renews,
    #[error("a license has at most {LEASE_KEYS_MAX} lease keys, each of at most {} KiB", CLIENT_KEY_MAX / 1024)]
    LeaseKeys,
}

pub(super) const CUSTOMER_MAX: usize = 200;
pub(super) const QUOTA_MAX: u32 = 1_000_000;
const RENEWS_MAX: usize = 100;
const LEASE_KEYS_MAX: usize = 16;
/// An RSA key of 4096 bits has about 2.4 KiB.
const CLIENT_KEY_MAX: usize = 8 * 1024;
/// Keygen's tools keep the time to live as seconds in 32 bits.
const LONGEST: TimeDelta = TimeDelta::days(50 * 365);

/// Whether a license can name its customer so.
pub fn is_customer(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= CUSTOMER_MAX && !name.chars().any(char::is_control)
}

impl LicenseTerms {
    /// # Errors
    /// The first thing that makes the terms unusable.
    pub fn validate(&self) -> Result<(), TermsError> {
        let lasts = self.expires_at - self.issued_at;
        let wrong = |holds: bool, error: TermsError| if holds { Ok(()) } else { Err(error) };
        wrong(is_customer(&self.customer), TermsError::Customer)?;
        wrong(self.machine_id.is_identifying(), TermsError::Machine)?;
        wrong(!self.products.is_empty(), TermsError::NoProduct)?;
        for (product, quota) in &self.products {
            wrong((1..=QUOTA_MAX).contains(&quota.quota), TermsError::Quota(*product))?;
            wrong((1..=QUOTA_MAX).contains(&quota.machine_quota), TermsError::MachineQuota(*product))?;
        }
        wrong(self.expires_at > self.not_before && self.expires_at > self.issued_at, TermsError::Period)?;
        wrong(lasts < LONGEST, TermsError::TooLong)?;
        wrong(self.renews_are_possible(), TermsError::Renews)?;
        let fits = |secret: &LeaseSecret| secret.len() <= CLIENT_KEY_MAX;
        let keys = &self.lease_keys;
        wrong(keys.len() <= LEASE_KEYS_MAX && keys.iter().all(fits), TermsError::LeaseKeys)
    }

    fn renews_are_possible(&self) -> bool {
        let different: BTreeSet<_> = self.renews.iter().collect();
        different.len() == self.renews.len()
            && self.renews.len() <= RENEWS_MAX
            && !different.contains(&self.license_id)
    }
}
