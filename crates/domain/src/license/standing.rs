//! The state of a license on a machine at a time.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{License, Product};
use crate::machine::{FactorName, MachineId};

/// People are reminded when at most this many days are left.
pub const EXPIRING_DAYS: i64 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LicenseState {
    Active,
    /// At most 30 days are left.
    Expiring,
    Expired,
    NotYetValid,
    /// The license is bound to another machine.
    OtherMachine,
    /// Another imported license renews it. [`License::check`] sees only one license and never returns this.
    Replaced,
}

impl LicenseState {
    /// Whether seats may be given out with this license.
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Active | Self::Expiring)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: LicenseState,
    /// Days until the end, rounded up; 0 after the end.
    pub days_left: i64,
    /// Factors that differ from those of the licensed machine. A valid license may have some.
    pub changed: Vec<FactorName>,
}

impl License {
    pub fn check(&self, machine: &MachineId, now: DateTime<Utc>) -> Standing {
        let matched = self.terms.machine_id.matches(machine);
        let days_left = days_left(self.terms.expires_at, now);
        let state = if !matched.same {
            LicenseState::OtherMachine
        } else if now >= self.terms.expires_at {
            LicenseState::Expired
        } else if now < self.terms.not_before {
            LicenseState::NotYetValid
        } else if days_left <= EXPIRING_DAYS {
            LicenseState::Expiring
        } else {
            LicenseState::Active
        };
        Standing { state, days_left, changed: matched.changed }
    }

    /// The values that the API and the screens show.
    pub fn summary(&self, standing: &Standing) -> LicenseSummary {
        let products = self.terms.products.iter().map(|(product, quota)| ProductSummary {
            product: *product,
            quota: quota.quota,
            machine_quota: quota.machine_quota,
        });
        LicenseSummary {
            license_id: self.terms.license_id.to_string(),
            customer: self.terms.customer.clone(),
            issued_at: self.terms.issued_at,
            expires_at: self.terms.expires_at,
            days_left: standing.days_left,
            state: standing.state,
            demo: self.is_demo(),
            products: products.collect(),
            changed_factors: standing.changed.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Days until `expires_at`, rounded up; 0 after it.
pub fn days_left(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> i64 {
    let left = (expires_at - now).max(TimeDelta::zero());
    left.num_days() + i64::from(left > TimeDelta::days(left.num_days()))
}

/// `LicenseSummary` in docs/api-design.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LicenseSummary {
    pub license_id: String,
    pub customer: String,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub days_left: i64,
    pub state: LicenseState,
    pub demo: bool,
    pub products: Vec<ProductSummary>,
    /// The titles of the factors, for example “network card”.
    pub changed_factors: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductSummary {
    pub product: Product,
    pub quota: u32,
    pub machine_quota: u32,
}
