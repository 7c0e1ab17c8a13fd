//! Shapes that several resources share.

use serde::{Deserialize, Serialize};
use testkeep_domain::license::{LicenseState, LicenseSummary};
use testkeep_domain::permission::Role;
use utoipa::ToSchema;

use crate::Error;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserOut {
    pub id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// Of the screens, as a language tag; absent: the browser's.
    pub language: Option<String>,
    /// IANA name; absent: the browser's.
    pub time_zone: Option<String>,
}

/// Somebody's address and name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PersonOut {
    pub user_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

impl From<testkeep_store::candidate::Person> for PersonOut {
    fn from(person: testkeep_store::candidate::Person) -> Self {
        let testkeep_store::candidate::Person { user_id, email, first_name, last_name } = person;
        Self { user_id, email, first_name, last_name }
    }
}

/// A role, in the API's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    Owner,
    Admin,
    BillingManager,
    Member,
}

impl RoleName {
    /// # Errors
    /// [`Error::Internal`] for what the database should never hold.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Role::parse(text).map(Into::into).ok_or_else(|| Error::internal(format!("a role “{text}”")))
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Admin => Self::Admin,
            Role::BillingManager => Self::BillingManager,
            Role::Member => Self::Member,
        }
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::BillingManager => Self::BillingManager,
            RoleName::Member => Self::Member,
        }
    }
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
    /// An imported license renews it.
    Replaced,
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
        let testkeep_store::user::User { id, email, first_name, last_name, language, time_zone, .. } = user;
        Self { id, email, first_name, last_name, language, time_zone }
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
            LicenseState::Replaced => Self::Replaced,
        }
    }
}

impl From<crate::ops::default_account::CreatedAccount> for UserOut {
    fn from(created: crate::ops::default_account::CreatedAccount) -> Self {
        let crate::ops::default_account::CreatedAccount { id, email, first_name, last_name } = created;
        Self { id, email, first_name, last_name, language: None, time_zone: None }
    }
}
