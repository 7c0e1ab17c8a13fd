//! `/api/v2/organizations/{id}/licenses/…` and `/api/v2/accounts/1/licenses`: the License Management page.

pub mod account;
pub mod machines;
pub mod offline;
pub mod overview;
pub mod sessions;
pub mod settings;
pub mod usage;
pub mod users;

use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Level, OrganizationAction};
use utoipa::{IntoParams, ToSchema};

use crate::access::Access;
use crate::auth::Caller;
use crate::{App, Error};

/// `KSE` (per user) or `KRE` (floating).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum ProductName {
    Kse,
    Kre,
}

impl From<ProductName> for Product {
    fn from(name: ProductName) -> Self {
        match name {
            ProductName::Kse => Self::Kse,
            ProductName::Kre => Self::Kre,
        }
    }
}

impl From<Product> for ProductName {
    fn from(product: Product) -> Self {
        match product {
            Product::Kse => Self::Kse,
            Product::Kre => Self::Kre,
        }
    }
}

/// A product's licenses of an organization.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProductPath {
    pub id: i64,
    #[param(inline)]
    pub product: ProductName,
}

/// One thing among them.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProductItemPath {
    pub id: i64,
    #[param(inline)]
    pub product: ProductName,
    pub item_id: i64,
}

/// Whoever may see the License Management page.
async fn viewer(app: &App, caller: &Caller, organization_id: i64) -> Result<Access, Error> {
    let access = caller.access(&app.db, Level::Organization, organization_id).await?;
    access.require(OrganizationAction::ViewLicenseManagement)?;
    Ok(access)
}
