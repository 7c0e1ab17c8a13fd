//! The terms of a license: the signed values.

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
    /// Licensed per user.
    Kse,
    /// Floating: each running license session takes a seat.
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

/// The licensed numbers of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// For KSE the number of users, for KRE the number of simultaneous license sessions.
    pub quota: u32,
    /// The number of machines that may be registered.
    pub machine_quota: u32,
}

/// When a seat becomes free if its lease is given back before its signed end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// At once, within limits: the program is trusted to delete its lease.
    #[default]
    Trusted,
    /// At the end of the lease: a signed lease cannot be taken back, so its seat counts as long as the lease verifies.
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
    /// The first moment at which the license is no longer valid.
    pub expires_at: DateTime<Utc>,
    pub products: BTreeMap<Product, Quota>,
    /// Licenses of this customer that this license replaces from `not_before` on. It is added to all others.
    pub renews: Vec<Uuid>,
    /// Default if absent in the file: `Trusted`.
    pub returns: Returns,
    /// Private keys with which the server signs leases. Because of them the file is confidential.
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
    #[error("the Machine ID is of a machine that has too few identifying properties")]
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
/// The maximum size of a key in bytes. An RSA key of 4096 bits has about 2.4 KiB.
const CLIENT_KEY_MAX: usize = 8 * 1024;
/// The maximum duration of a license: Keygen's tools store the seconds in 32 bits.
const LONGEST: TimeDelta = TimeDelta::days(50 * 365);

/// Whether a license may have this customer name.
pub fn is_customer(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= CUSTOMER_MAX && !name.chars().any(char::is_control)
}

impl LicenseTerms {
    /// # Errors
    /// The first problem of the terms.
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
