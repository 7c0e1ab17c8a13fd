//! A person's licenses and seats, in the organizations whose licenses the caller may see.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use testkeep_domain::license::Product;
use testkeep_domain::permission::{Denied, Level, OrganizationAction};
use testkeep_store::licenses::assignment::{self, AssignmentOfUser};
use testkeep_store::licenses::session_list;
use utoipa::ToSchema;

use super::{Look, PART_MAX};
use crate::Error;
use crate::identity::visible::VisibleOrganization;

const ACTIONS: [OrganizationAction; 2] =
    [OrganizationAction::AssignLicense, OrganizationAction::RevokeLicense];

/// A product in an organization of the person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonLicenseOut {
    pub organization_id: i64,
    pub organization_name: String,
    pub product: Product,
    /// Absent: the product is not assigned to the person.
    pub assigned_at: Option<DateTime<Utc>>,
    pub assigned_by: Option<String>,
    pub last_used_at: Option<DateTime<Utc>>,
    /// Of assigning and revoking, what the caller may do here.
    pub actions: Vec<OrganizationAction>,
    pub denied: Vec<Denied<OrganizationAction>>,
}

/// A live license session of the person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonSeatOut {
    pub id: i64,
    pub organization_id: i64,
    pub organization_name: Option<String>,
    pub product: String,
    /// `online` or `borrowed`.
    pub kind: String,
    pub hostname: String,
    pub machine_key: String,
    pub started_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl Look<'_> {
    /// The person's organizations whose licenses the caller may see.
    fn licensing(&self) -> Vec<&VisibleOrganization> {
        let organizations = self.memberships.iter().filter(|row| row.level == Level::Organization.as_str());
        let organizations = organizations.filter_map(|row| self.visible.organization(row.scope_id));
        organizations.filter(|one| one.roles.may(OrganizationAction::ViewLicenseManagement)).collect()
    }

    pub(super) async fn licenses(&self) -> Result<Option<Vec<PersonLicenseOut>>, Error> {
        let organizations = self.licensing();
        if organizations.is_empty() {
            return Ok(None);
        }
        let assigned = assignment::list_assignments_of_user(&self.app.db, self.user.id, 200).await?;
        let all = organizations.into_iter().flat_map(|one| Product::ALL.map(|product| (one, product)));
        let mut licenses: Vec<_> = all.map(|(one, product)| license(one, product, &assigned)).collect();
        licenses.sort_by_key(|license| license.assigned_at.is_none());
        licenses.truncate(PART_MAX);
        Ok(Some(licenses))
    }

    pub(super) async fn seats(&self) -> Result<Option<Vec<PersonSeatOut>>, Error> {
        let licensing: Vec<i64> = self.licensing().iter().map(|one| one.id).collect();
        if licensing.is_empty() && !self.is_self() {
            return Ok(None);
        }
        let (app, now) = (self.app, self.app.clock.now());
        let rows = session_list::list_own_license_sessions(&app.db, self.user.id, now).await?;
        let shown = rows.into_iter().filter(|row| self.is_self() || licensing.contains(&row.organization_id));
        let seats = shown.take(PART_MAX).map(|row| PersonSeatOut {
            organization_name: self.visible.organization(row.organization_id).map(|one| one.name.clone()),
            id: row.id,
            organization_id: row.organization_id,
            product: row.product,
            kind: row.kind,
            hostname: row.hostname,
            machine_key: row.machine_key,
            started_at: row.started_at,
            expires_at: row.expires_at,
        });
        Ok(Some(seats.collect()))
    }
}

fn license(
    organization: &VisibleOrganization,
    product: Product,
    all: &[AssignmentOfUser],
) -> PersonLicenseOut {
    let found = all
        .iter()
        .find(|row| (row.organization_id, row.product.as_str()) == (organization.id, product.word()));
    PersonLicenseOut {
        organization_id: organization.id,
        organization_name: organization.name.clone(),
        product,
        assigned_at: found.map(|row| row.assigned_at),
        assigned_by: found.map(|row| row.assigned_by.clone()),
        last_used_at: found.and_then(|row| row.last_used_at),
        actions: organization.roles.allowed(&ACTIONS),
        denied: organization.roles.denied(&ACTIONS),
    }
}
