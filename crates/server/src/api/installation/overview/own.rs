//! The caller's own part: their licenses, live sessions, teams and projects.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use testkeep_store::installation::overview::{self, OwnPlace};
use testkeep_store::licenses::{assignment, session_list};
use utoipa::ToSchema;

use super::sight::Sight;
use crate::api::licenses::leases::OwnLeaseOut;
use crate::api::word::{LevelWord, Word};
use crate::entitlements::PoolState;
use crate::identity::auth::Caller;
use crate::{App, Error};

const SESSIONS_MAX: usize = 20;
const PLACES_MAX: usize = 100;

#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnOut {
    /// For each organization that the caller belongs to, each product.
    pub licenses: Vec<OwnLicenseOut>,
    /// The newest 20.
    pub sessions: Vec<OwnLeaseOut>,
    pub session_count: usize,
    /// The first 100, by name.
    pub places: Vec<OwnPlaceOut>,
}

/// Whether the caller may use a product in an organization.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnLicenseOut {
    pub organization_id: i64,
    pub organization: String,
    pub product: Product,
    /// A license is assigned to the caller.
    pub assigned: bool,
    /// The caller may start sessions: by an assignment, or because every member may. A license must be in force too.
    pub usable: bool,
    pub expires_at: Option<DateTime<Utc>>,
    pub days_left: i64,
    pub state: PoolState,
}

/// A team or project of the caller.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OwnPlaceOut {
    pub id: i64,
    pub level: LevelWord,
    pub name: String,
    pub organization_id: i64,
    pub organization: String,
}

pub(super) async fn own(app: &App, caller: &Caller, sight: &Sight) -> Result<OwnOut, Error> {
    let now = app.clock.now();
    let sessions = session_list::list_own_license_sessions(&app.db, caller.user_id, now).await?;
    let session_count = sessions.len();
    let sessions = sessions.into_iter().take(SESSIONS_MAX).map(OwnLeaseOut::from).collect();
    Ok(OwnOut {
        licenses: licenses(app, caller, sight).await?,
        sessions,
        session_count,
        places: places(app, caller, sight).await?,
    })
}

/// The name of an organization that the caller belongs to and that is open to them.
fn joined(sight: &Sight, id: i64) -> Option<&str> {
    let found = sight.organizations.iter().find(|it| it.id == id && it.role.is_some() && it.password_sign_in);
    found.map(|organization| organization.name.as_str())
}

async fn licenses(app: &App, caller: &Caller, sight: &Sight) -> Result<Vec<OwnLicenseOut>, Error> {
    let pools = app.licensing.pools(&app.db, app.clock.now()).await?;
    let mut licenses = Vec::new();
    for product in Product::ALL {
        let rows = assignment::list_organization_licenses(&app.db, caller.user_id, product.word()).await?;
        for row in rows {
            let Some(organization) = joined(sight, row.id) else { continue };
            licenses.push(OwnLicenseOut {
                organization_id: row.id,
                organization: organization.to_owned(),
                product,
                assigned: row.assigned,
                usable: row.assigned || product == Product::Kre && !row.assigned_only,
                expires_at: pools.get(product).map(|pool| pool.expires_at),
                days_left: pools.days_left(product),
                state: pools.state(product),
            });
        }
    }
    Ok(licenses)
}

async fn places(app: &App, caller: &Caller, sight: &Sight) -> Result<Vec<OwnPlaceOut>, Error> {
    let mut rows = overview::list_own_places(&app.db, caller.user_id).await?;
    rows.retain(|row| joined(sight, row.organization_id).is_some());
    rows.sort_by(|a, b| (&a.level, &a.name, a.id).cmp(&(&b.level, &b.name, b.id)));
    rows.truncate(PLACES_MAX);
    Ok(rows.into_iter().map(Into::into).collect())
}

impl From<OwnPlace> for OwnPlaceOut {
    fn from(row: OwnPlace) -> Self {
        Self {
            id: row.id,
            level: Word::read(row.level, testkeep_domain::permission::Level::parse),
            name: row.name,
            organization_id: row.organization_id,
            organization: row.organization_name,
        }
    }
}
