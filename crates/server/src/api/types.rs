//! Shapes that several resources share.

use serde::{Deserialize, Serialize};
use testkeep_domain::license::{LicenseState, LicenseSummary};
use utoipa::ToSchema;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserOut {
    pub id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

/// The license in force.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LicenseOut {
    pub license_id: String,
    pub customer: String,
    /// RFC 3339, as the other times.
    pub issued_at: chrono::DateTime<chrono::Utc>,
    pub expires_at: chrono::DateTime<chrono::Utc>,
    /// Begun days until it expires; 0 once expired.
    pub days_left: i64,
    pub state: LicenseStateOut,
    /// Signed with the published demo key.
    pub demo: bool,
    pub products: Vec<ProductOut>,
    /// Parts of this machine that are not as they were when the license was made.
    pub changed_factors: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LicenseStateOut {
    Active,
    /// 30 days or less are left.
    Expiring,
    Expired,
    NotYetValid,
    OtherMachine,
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ProductOut {
    /// `KSE` (per user) or `KRE` (floating).
    pub product: String,
    /// Seats.
    pub quota: i64,
    pub machine_quota: i64,
}

impl From<testkeep_store::user::User> for UserOut {
    fn from(user: testkeep_store::user::User) -> Self {
        Self { id: user.id, email: user.email, first_name: user.first_name, last_name: user.last_name }
    }
}

impl From<crate::auth::Caller> for UserOut {
    fn from(caller: crate::auth::Caller) -> Self {
        let session = caller.session;
        Self {
            id: session.user_id,
            email: session.email,
            first_name: session.first_name,
            last_name: session.last_name,
        }
    }
}

impl From<LicenseSummary> for LicenseOut {
    fn from(license: LicenseSummary) -> Self {
        let products = license.products.into_iter().map(|product| ProductOut {
            product: product.product.to_string(),
            quota: product.quota.into(),
            machine_quota: product.machine_quota.into(),
        });
        Self {
            license_id: license.license_id,
            customer: license.customer,
            issued_at: license.issued_at,
            expires_at: license.expires_at,
            days_left: license.days_left,
            state: license.state.into(),
            demo: license.demo,
            products: products.collect(),
            changed_factors: license.changed_factors,
        }
    }
}

impl From<LicenseState> for LicenseStateOut {
    fn from(state: LicenseState) -> Self {
        match state {
            LicenseState::Active => Self::Active,
            LicenseState::Expiring => Self::Expiring,
            LicenseState::Expired => Self::Expired,
            LicenseState::NotYetValid => Self::NotYetValid,
            LicenseState::OtherMachine => Self::OtherMachine,
        }
    }
}

impl From<crate::ops::default_account::CreatedAccount> for UserOut {
    fn from(created: crate::ops::default_account::CreatedAccount) -> Self {
        let crate::ops::default_account::CreatedAccount { id, email, first_name, last_name } = created;
        Self { id, email, first_name, last_name }
    }
}
