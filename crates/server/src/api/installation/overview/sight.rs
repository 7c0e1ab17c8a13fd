//! What of the account and its organizations the caller of the overview may see; read once for all parts.

use testkeep_domain::permission::{Level, OrganizationAction};
use testkeep_store::scopes::scope::ACCOUNT;

use crate::api::scopes::organizations::{OrganizationAccessOut, visible_organizations};
use crate::identity::access::Access;
use crate::identity::auth::Caller;
use crate::{App, Error};

/// What the caller may see.
pub(super) struct Sight {
    pub(super) account: Access,
    pub(super) organizations: Vec<OrganizationAccessOut>,
}

impl Sight {
    pub(super) async fn of(app: &App, caller: &Caller) -> Result<Self, Error> {
        let account = caller.access(&app.db, Level::Account, ACCOUNT).await?;
        let organizations = visible_organizations(app, caller, &account.roles).await?;
        Ok(Self { account, organizations })
    }

    /// The organizations in which the caller may do this, by name.
    pub(super) fn organizations_with(&self, action: OrganizationAction) -> Vec<i64> {
        let with = self.organizations.iter().filter(|it| it.actions.contains(&action));
        with.map(|organization| organization.id).collect()
    }

    pub(super) fn name_of(&self, id: i64) -> Option<String> {
        let found = self.organizations.iter().find(|organization| organization.id == id);
        found.map(|organization| organization.name.clone())
    }
}
